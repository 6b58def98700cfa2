// Lines that a hand drew, as points in a plane.

/** @typedef {[number, number]} Point */

/** @param {Point} a @param {Point} b */
const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1])

/** @param {Point[]} points @returns {number} */
export const lengthOf = (points) => points.slice(1).reduce((sum, point, i) => sum + distance(points[i], point), 0)

/**
 * Points at even distances along a line.
 * @param {Point[]} points two or more, not all in one place
 * @param {number} count
 * @returns {Point[]} the ends stay
 */
export function evenlySpaced(points, count) {
  const along = [0]
  points.slice(1).forEach((point, i) => along.push(along[i] + distance(points[i], point)))
  let i = 0
  return Array.from({ length: count }, (_, k) => {
    const place = (along.at(-1) * k) / (count - 1)
    while (i < points.length - 2 && along[i + 1] < place) i++
    const step = along[i + 1] - along[i]
    return between(points[i], points[i + 1], step > 0 ? Math.min((place - along[i]) / step, 1) : 0)
  })
}

/**
 * Gaussian average of neighbours. Beyond its ends the line goes on as its mirror image through them, so that they stay.
 * @param {Point[]} points evenly spaced
 * @param {number} sigma in points; 0 leaves the line as it is
 * @returns {Point[]}
 */
export function smoothed(points, sigma) {
  const reach = Math.min(Math.ceil(3 * sigma), points.length - 1)
  if (reach === 0) return points
  const weights = Array.from({ length: 2 * reach + 1 }, (_, k) => Math.exp(-(((k - reach) / sigma) ** 2) / 2))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const mean = (i, axis) =>
    weights.reduce((sum, weight, k) => sum + weight * valueAt(points, i + k - reach, axis), 0) / total
  return points.map((_, i) => [mean(i, 0), mean(i, 1)])
}

function valueAt(points, index, axis) {
  const last = points.length - 1
  if (index < 0) return 2 * points[0][axis] - points[-index][axis]
  if (index > last) return 2 * points[last][axis] - points[2 * last - index][axis]
  return points[index][axis]
}

/** @param {Point} a @param {Point} b @param {number} fraction @returns {Point} */
const between = (a, b, fraction) => [a[0] + (b[0] - a[0]) * fraction, a[1] + (b[1] - a[1]) * fraction]
