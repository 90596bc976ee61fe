/** How many users there are. */
export const USERS = 40;

/** How many items there are. */
export const ITEMS = 60;

/** How many items a session remembers. */
export const PLACES = 4;

/**
 * Makes sessions in which users of even numbers like sessions of even items, and odd ones odd.
 *
 * @param {number} count
 */
export function makeVisits(count) {
  let state = 1;
  const draw = (/** @type {number} */ below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const users = [];
  const sessions = [];
  const liked = [];
  for (let i = 0; i < count; i++) {
    const user = draw(USERS);
    const parity = draw(2);
    users.push([user]);
    sessions.push(Array.from({ length: PLACES }, () => 2 * draw(ITEMS / 2) + parity));
    liked.push([user % 2 === parity ? 1 : 0]);
  }
  return { users, sessions, liked };
}
