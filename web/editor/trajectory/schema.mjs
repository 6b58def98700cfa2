// Building blocks of the document's schema. Each has read(value, place), which checks a value and returns a clean copy
// with the defaults filled in, and write(value), which leaves the defaults out again.

import { TrajectoryError, short } from "./errors.mjs"

const itself = (value) => value

/** @throws {TrajectoryError} always */
export function refuse(place, expected, got) {
  throw new TrajectoryError(`trajectory at ${place}`, {
    expected,
    got,
    todo: "docs/formats.md lists the fields and their limits.",
  })
}

/** A finite number between two bounds, both included. */
export function number(min = -1e7, max = 1e7) {
  const read = (value, place) => {
    if (typeof value !== "number" || !(value >= min && value <= max)) {
      refuse(place, `a number from ${min} to ${max}`, short(value))
    }
    return value + 0 // 0 for −0, which JSON would not keep
  }
  return { read, write: itself }
}

/** Well-formed text of at most so many characters, counted as Python does: not in UTF-16 units. */
export function text(maxLength) {
  const read = (value, place) => {
    if (typeof value !== "string" || /\p{Surrogate}/u.test(value)) {
      refuse(place, "text", typeof value === "string" ? "half a surrogate pair" : short(value))
    }
    // Two units at most make a character: longer texts need no counting.
    const length = value.length > 2 * maxLength ? value.length : [...value].length
    if (length > maxLength) refuse(place, `at most ${maxLength} characters`, short(value))
    return value
  }
  return { read, write: itself }
}

/** One of a few words. */
export function choice(words) {
  const read = (value, place) => {
    if (!words.includes(value)) refuse(place, words.map(short).join(" or "), short(value))
    return value
  }
  return { read, write: itself }
}

/** A list of so many items of one kind. */
export function list(item, minLength, maxLength = Infinity) {
  const read = (value, place) => {
    if (!Array.isArray(value)) refuse(place, "a list", short(value))
    if (value.length < minLength) refuse(place, `at least ${minLength} items`, `${value.length}`)
    if (value.length > maxLength) refuse(place, `at most ${maxLength} items`, `${value.length}`)
    return Array.from(value, (element, i) => item.read(element, `${place}[${i}]`))
  }
  return { read, write: (value) => value.map(item.write) }
}

/** A field that must be there. */
export const required = (schema) => ({ ...schema, isRequired: true })

/** A field with a value to take where it is missing. */
export const optional = (schema, fallback) => ({ ...schema, fallback })

/** A field that may be missing or null, and is left out then. */
export const nullable = (schema) => ({ ...schema, isNullable: true })

/** An object with these fields and no others. */
export function object(fields) {
  const names = Object.keys(fields)
  const read = (value, place) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) refuse(place, "an object", short(value))
    const unknown = Object.keys(value).find((name) => !Object.hasOwn(fields, name))
    if (unknown !== undefined) refuse(`${place}.${unknown.slice(0, 60)}`, "no such field", short(value[unknown]))
    const clean = {}
    for (const name of names) {
      const there = Object.hasOwn(value, name) ? value[name] : undefined
      const result = readField(fields[name], there, `${place}.${name}`)
      if (result !== undefined) clean[name] = result
    }
    return clean
  }
  const write = (value) => {
    const kept = names.filter((name) => value[name] !== undefined && value[name] !== fields[name].fallback)
    return Object.fromEntries(kept.map((name) => [name, fields[name].write(value[name])]))
  }
  return { read, write }
}

function readField(field, value, place) {
  if (value === undefined) {
    if (field.isRequired) refuse(place, "this field", "nothing")
    return field.fallback
  }
  if (value === null && field.isNullable) return undefined
  return field.read(value, place)
}

/** One of several kinds of object; the field `kind` says which. */
export function oneOf(kinds) {
  const read = (value, place) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) refuse(place, "an object", short(value))
    const kind = Object.hasOwn(value, "kind") ? value.kind : undefined
    if (typeof kind !== "string" || !Object.hasOwn(kinds, kind)) {
      refuse(place, `a kind among ${Object.keys(kinds).join(", ")}`, kind === undefined ? "nothing" : short(kind))
    }
    return kinds[kind].read(value, place)
  }
  return { read, write: (value) => kinds[value.kind].write(value) }
}

/** The same with one more check of the clean value; it throws. */
export function checked(schema, check) {
  const read = (value, place) => {
    const clean = schema.read(value, place)
    check(clean, place)
    return clean
  }
  return { read, write: schema.write }
}

/**
 * Refuse keys whose times do not increase.
 * @param {{time: number}[]} keys
 * @param {string} place
 */
export function checkIncreasing(keys, place) {
  for (let i = 1; i < keys.length; i++) {
    if (keys[i].time <= keys[i - 1].time) {
      throw new TrajectoryError(`time of key ${i} (at ${place})`, {
        expected: `a time after the previous key's, ${keys[i - 1].time}`,
        got: `${keys[i].time}`,
        todo: "Put the keys in the order of their times, one key per time.",
      })
    }
  }
}
