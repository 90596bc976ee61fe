import { expect, test } from "vitest";
import { integerField, joinMessage, messageField, textField } from "../protobuf.mjs";

test("messages are encoded as protobuf's own guide shows", () => {
  // https://protobuf.dev/programming-guides/encoding: a = 150 in field 1; "testing" in field 2; the first inside field 3.
  expect([...joinMessage(integerField(1, 150))]).toEqual([0x08, 0x96, 0x01]);
  expect([...joinMessage(textField(2, "testing"))]).toEqual([
    0x12, 7, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67,
  ]);
  expect([...joinMessage(messageField(3, integerField(1, 150)))]).toEqual([0x1a, 3, 0x08, 0x96, 0x01]);
});

test("a number beyond 32 bits keeps all its bits", () => {
  // 2^35 + 1 is 1, four groups of zeros, and 1: seven bits each, the lowest first.
  expect([...joinMessage(integerField(1, 2 ** 35 + 1))]).toEqual([0x08, 0x81, 0x80, 0x80, 0x80, 0x80, 0x01]);
});
