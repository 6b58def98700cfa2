// Frames in a row.

/**
 * One warning for every run of frames whose values are bad.
 * @param {ArrayLike<number>|null} values per frame; null: none
 * @param {(value: number) => boolean} isBad
 * @param {string} code
 * @param {string} name of the value in the warning
 * @param {1|-1} worst 1: the largest value of the run is told, −1: the smallest
 * @returns {import("./analysis.mjs").Warning[]}
 */
export function runs(values, isBad, code, name, worst) {
  const warnings = []
  let run = null
  Array.from(values ?? []).forEach((value, i) => {
    if (!isBad(value)) return (run = null)
    if (run === null) warnings.push((run = { code, frames: [i, i], values: { [name]: value } }))
    run.frames[1] = i
    if (value * worst > run.values[name] * worst) run.values[name] = value
  })
  return warnings
}
