// CRC-32 of bytes, sixteen at a time through sixteen tables.
#pragma once

#include "../simd/vector.h"
#include "arguments.h"

namespace dqrm {
namespace DQRM_ISA {

constexpr int kCrcTables = 16;

/** of[k][b] is the remainder of byte b with k zero bytes behind it. */
struct CrcTables {
  std::uint32_t of[kCrcTables][256];
  constexpr CrcTables() : of() {
    for (std::uint32_t byte = 0; byte < 256; byte++) {
      std::uint32_t rest = byte;
      for (int bit = 0; bit < 8; bit++) rest = (rest & 1) != 0 ? (rest >> 1) ^ 0xedb88320u : rest >> 1;
      of[0][byte] = rest;
    }
    for (int k = 1; k < kCrcTables; k++) {
      for (int byte = 0; byte < 256; byte++) {
        of[k][byte] = (of[k - 1][byte] >> 8) ^ of[0][of[k - 1][byte] & 0xff];
      }
    }
  }
};

static constexpr CrcTables kCrc{};

/** Gives the checksum, or a negative number. */
static Count checksum(Bytes bytes, Part part, double previous) {
  if (!isPart(part) || bytes.length < part.end) return -1;
  std::uint32_t crc = ~wrapped(previous);
  const std::uint8_t* at = bytes.data + part.begin;
  const std::uint8_t* end = bytes.data + part.end;
  for (; end - at >= kCrcTables; at += kCrcTables) {
    std::uint32_t next = 0;
    for (int k = 0; k < 4; k++) next ^= kCrc.of[15 - k][at[k] ^ ((crc >> (8 * k)) & 0xff)];
    for (int k = 4; k < kCrcTables; k++) next ^= kCrc.of[15 - k][at[k]];
    crc = next;
  }
  for (; at < end; at++) crc = (crc >> 8) ^ kCrc.of[0][(crc ^ *at) & 0xff];
  return static_cast<Count>(~crc);
}

}  // namespace DQRM_ISA
}  // namespace dqrm
