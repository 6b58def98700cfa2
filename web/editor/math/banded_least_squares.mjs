// Least squares for systems whose rows have few neighbouring entries, one row at a time.

/**
 * Upper triangle R of a banded least-squares problem |A·c − b|², kept up to date by Givens rotations: after any
 * number of rows, R·c = rhs has the same solution as the rows so far. The diagonal is never negative.
 */
export class BandedLeastSquares {
  /**
   * @param {number} size unknowns
   * @param {number} band entries in a row, from its first one on
   */
  constructor(size, band) {
    this.size = size
    this.band = band
    this.rows = new Float64Array(size * band)
    this.rhs = new Float64Array(size)
  }

  /**
   * Add the equation Σ row[i] · c[start + i] = value.
   * @param {Float64Array} row as many entries as the band; spoilt
   * @param {number} start the unknown that row[0] belongs to
   * @param {number} value
   * @returns {number} what the equation adds to the residual: its square does to the sum of squares
   */
  add(row, start, value) {
    const { size, band, rows, rhs } = this
    for (let column = start; column < size; column++) {
      const at = column * band
      const pivot = row[0]
      if (isNegligible(row, rows[at])) break
      const length = pivot === 0 ? rows[at] : lengthOf(rows[at], pivot)
      const cosine = pivot === 0 ? 1 : rows[at] / length
      const sine = pivot === 0 ? 0 : pivot / length
      rows[at] = length
      // The turned row has a zero here and goes on with the next unknown.
      for (let i = 1; i < band; i++) {
        const ours = rows[at + i]
        const theirs = row[i]
        rows[at + i] = cosine * ours + sine * theirs
        row[i - 1] = cosine * theirs - sine * ours
      }
      row[band - 1] = 0
      const ours = rhs[column]
      rhs[column] = cosine * ours + sine * value
      value = cosine * value - sine * ours
    }
    return value
  }

  /** @returns {Float64Array} the unknowns */
  solve() {
    const { size, band, rows, rhs } = this
    const solution = new Float64Array(size)
    for (let i = size - 1; i >= 0; i--) {
      let rest = rhs[i]
      for (let j = 1; j < band && i + j < size; j++) rest -= solution[i + j] * rows[i * band + j]
      solution[i] = rest / rows[i * band]
    }
    return solution
  }

  /**
   * The same equations with room for longer rows.
   * @param {number} band at least this one's
   * @returns {BandedLeastSquares}
   */
  widened(band) {
    const wider = new BandedLeastSquares(this.size, band)
    wider.rhs.set(this.rhs)
    for (let i = 0; i < this.size; i++) {
      wider.rows.set(this.rows.subarray(i * this.band, (i + 1) * this.band), i * band)
    }
    return wider
  }

  /** @returns {number} sum of the diagonal */
  trace() {
    let sum = 0
    for (let i = 0; i < this.size; i++) sum += this.rows[i * this.band]
    return sum
  }
}

/** Whether turning the row in would change no digit of the triangle. */
function isNegligible(row, diagonal) {
  for (let i = 0; i < row.length; i++) if (Math.abs(row[i]) > 1e-25 * diagonal) return false
  return true
}

/** √(a² + b²) for a ≥ 0, without squares that overflow. */
function lengthOf(a, b) {
  const [small, large] = Math.abs(b) < a ? [b, a] : [a, Math.abs(b)]
  return large * Math.sqrt(1 + (small / large) * (small / large))
}
