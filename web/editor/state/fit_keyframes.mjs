// Few keyframes whose curve stays near a path: split where it is farthest off, then take out what is not needed.

import { positionOf, rotationOf } from "../math/pose.mjs"
import { sampleKeyframes } from "../trajectory/keyframes.mjs"
import { panTiltRollOf } from "./angles.mjs"
import { distanceBetween, turnBetweenDeg } from "./path_at.mjs"

/**
 * @typedef {{length: number, angleDeg: number, focal: number}} Tolerance how far the curve may stay off: in the path's
 *   unit, in degrees, as a share of the focal length
 * @typedef {{times: number[], c2w: Float64Array[], focalScale: ArrayLike<number>}} Target poses to meet; times increase
 */

/**
 * @param {Target} target first and last pose are always met exactly
 * @param {object} options
 * @param {Tolerance} options.tolerance kept at every pose of the target, unless maxKeys is not enough for it
 * @param {number} options.maxKeys
 * @param {number[]} [options.corners] indices of poses at which the path may turn sharply: first choice for keys
 * @param {number[]} [options.jumps] indices of poses that come out of nowhere: the one before is held up to them
 * @param {boolean} [options.isSmooth] nothing but splines
 * @returns {object[]} keyframes with every field. Splines, but straight lines too where those need fewer keys
 */
export function fitKeyframes(target, { tolerance, maxKeys, corners = [], jumps = [], isSmooth = false }) {
  const given = { target, keyAt: keysAt(target), tolerance, maxKeys, corners: new Set(corners), jumps: new Set(jumps) }
  const smooth = smoothFit(given)
  if (isSmooth) return smooth.keyframes()
  // Splines are easier to go on with: straight lines are for moves in a row, with corners between.
  const mixed = new Fit(given, { numKeys: 2, isMixed: true })
  return (mixed.numKeys <= 0.75 * smooth.numKeys ? mixed : smooth).keyframes()
}

/** Function from an index to the key that stands there; every fit asks for the same ones again and again. */
function keysAt({ times, c2w, focalScale }) {
  const known = new Map()
  const key = (index) => {
    const [time, position, focal_scale] = [times[index], positionOf(c2w[index]), focalScale[index]]
    const [pan_deg, tilt_deg, roll_deg] = panTiltRollOf(rotationOf(c2w[index]))
    return { time, position, pan_deg, tilt_deg, roll_deg, focal_scale }
  }
  return (index) => known.get(index) ?? known.set(index, key(index)).get(index)
}

/** A spline is best through even keys: more of them at the start may be fewer in the end. */
function smoothFit(given) {
  let best = new Fit(given, { numKeys: 2, isMixed: false })
  for (let numKeys = 3; best.isNear && numKeys < best.numKeys; numKeys = Math.ceil(numKeys * 1.3)) {
    const fit = new Fit({ ...given, maxKeys: best.numKeys }, { numKeys, isMixed: false })
    if (fit.isNear && fit.numKeys < best.numKeys) best = fit
  }
  return best
}

/** One try. Keys are indices into the target, in order. */
class Fit {
  #given
  #isMixed
  #isStraight = new Map()
  #keys
  #worst // per interval between keys: the pose that is farthest off, {off: in tolerances, index}

  constructor(given, { numKeys, isMixed }) {
    this.#given = given
    this.#isMixed = isMixed
    this.#keys = distinct([...this.#fixedKeys(), ...evenly(given.target.times.length, numKeys)])
    this.#worst = this.#keys.slice(1).map((_, i) => this.#worstOf(this.#keys, i))
    this.#grow()
    /** Whether maxKeys were enough for the tolerance. */
    this.isNear = this.#worst.every(({ off }) => off <= 1)
    if (this.isNear) this.#prune()
  }

  get numKeys() {
    return this.#keys.length
  }

  keyframes() {
    const keyframes = this.#keyframesOf(this.#keys)
    let near = [0, 0, 0]
    return keyframes.map((key, i) => {
      near = panTiltRollOf(rotationOf(this.#given.target.c2w[this.#keys[i]]), near)
      return { ...key, pan_deg: near[0], tilt_deg: near[1], roll_deg: near[2] }
    })
  }

  /** The ends, and both sides of every jump. */
  #fixedKeys() {
    const { target, jumps } = this.#given
    return [0, target.times.length - 1, ...[...jumps].flatMap((index) => [index - 1, index])]
  }

  #grow() {
    while (this.#keys.length < this.#given.maxKeys) {
      const i = indexOfLargest(this.#worst.map(({ off }) => off))
      if (!(this.#worst[i]?.off > 1)) return
      this.#keys.splice(i + 1, 0, this.#splitOf(i))
      this.#worst.splice(i, 0, null)
      this.#refresh(i - 1, i + 2)
    }
  }

  /** Corners first, the one nearest to where the curve is farthest off. */
  #splitOf(i) {
    const [from, to, { index }] = [this.#keys[i], this.#keys[i + 1], this.#worst[i]]
    const inside = [...this.#given.corners].filter((corner) => corner > from && corner < to)
    return inside.sort((a, b) => Math.abs(a - index) - Math.abs(b - index))[0] ?? index
  }

  #prune() {
    const fixed = new Set(this.#fixedKeys())
    for (let i = this.#keys.length - 2; i > 0; i--) {
      if (fixed.has(this.#keys[i])) continue
      const without = this.#keys.toSpliced(i, 1)
      const nearby = [i - 2, i - 1, i].filter((each) => each >= 0 && each < without.length - 1)
      if (nearby.some((each) => this.#worstOf(without, each).off > 1)) continue
      this.#keys = without
    }
  }

  #refresh(from, to) {
    for (let i = Math.max(from, 0); i <= Math.min(to, this.#keys.length - 2); i++) {
      this.#worst[i] = this.#worstOf(this.#keys, i)
    }
  }

  /** A curve between two keys depends on these, and on one more to each side. */
  #worstOf(keys, i) {
    if (this.#modeOf(keys, i) === "hold") return { off: 0, index: keys[i] }
    const [start, end] = [Math.max(i - 1, 0), Math.min(i + 3, keys.length)]
    return this.#farthest(this.#keyframesOf(keys.slice(start, end)), keys[i], keys[i + 1])
  }

  #farthest(keyframes, from, to) {
    const { target, tolerance } = this.#given
    const curve = sampleKeyframes({ keyframes }, target.times.slice(from + 1, to))
    let worst = { off: 0, index: from }
    for (let k = 0; k < curve.c2w.length; k++) {
      const index = from + 1 + k
      const off = Math.max(
        distanceBetween(curve.c2w[k], target.c2w[index]) / tolerance.length,
        turnBetweenDeg(curve.c2w[k], target.c2w[index]) / tolerance.angleDeg,
        Math.abs(Math.log(curve.focalScale[k] / target.focalScale[index])) / tolerance.focal,
      )
      if (off > worst.off) worst = { off, index }
    }
    return worst
  }

  #keyframesOf(keys) {
    return keys.map((index, i) => this.#keyframe(index, i < keys.length - 1 ? this.#modeOf(keys, i) : "spline"))
  }

  #modeOf(keys, i) {
    if (this.#given.jumps.has(keys[i + 1])) return "hold"
    return this.#isMixed && this.#isLine(keys[i], keys[i + 1]) ? "linear" : "spline"
  }

  #isLine(from, to) {
    const name = `${from} ${to}`
    if (!this.#isStraight.has(name)) {
      const ends = [this.#keyframe(from, "linear"), this.#keyframe(to, "linear")]
      this.#isStraight.set(name, this.#farthest(ends, from, to).off <= 1)
    }
    return this.#isStraight.get(name)
  }

  #keyframe(index, interpolation) {
    return { ...this.#given.keyAt(index), interpolation }
  }
}

const distinct = (indices) => [...new Set(indices)].sort((a, b) => a - b)

const evenly = (length, count) => Array.from({ length: count }, (_, i) => Math.round((i * (length - 1)) / (count - 1)))

function indexOfLargest(values) {
  return values.reduce((best, value, i) => (value > values[best] ? i : best), 0)
}
