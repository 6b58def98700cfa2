// Undo and redo of documents that never change.

/** A line of documents with a place in it. Documents are compared by identity; the caller keeps them from changing. */
export class History {
  #documents
  #at = 0
  #merge = null
  #maxSteps

  /**
   * @param {object} document the first one
   * @param {number} [maxSteps] how many steps can be undone; the oldest are forgotten
   */
  constructor(document, maxSteps = 200) {
    this.#documents = [document]
    this.#maxSteps = maxSteps
  }

  /** @returns {object} the present document */
  get document() {
    return this.#documents[this.#at]
  }

  /** @returns {object|null} what undo would bring back */
  get previous() {
    return this.#documents[this.#at - 1] ?? null
  }

  get canUndo() {
    return this.#at > 0
  }

  get canRedo() {
    return this.#at < this.#documents.length - 1
  }

  /**
   * Add a step; what could be redone is forgotten.
   * @param {object} document
   * @param {string|null} [merge] steps in a row with the same key become one, as in a drag; null never merges
   */
  push(document, merge = null) {
    const isMerged = merge !== null && merge === this.#merge && this.canUndo
    this.#documents.length = isMerged ? this.#at : this.#at + 1
    this.#documents.push(document)
    if (this.#documents.length > this.#maxSteps + 1) this.#documents.shift()
    this.#at = this.#documents.length - 1
    this.#merge = merge
  }

  /** Take the present step back as if it had never been, e.g. a drag that ended where it began. */
  drop() {
    if (!this.canUndo) return
    this.#at -= 1
    this.#documents.length = this.#at + 1
    this.#merge = null
  }

  /** The next step is one of its own, whatever its key. */
  endMerge() {
    this.#merge = null
  }

  /** @returns {boolean} whether there was a step to undo */
  undo() {
    return this.#go(-1)
  }

  /** @returns {boolean} whether there was a step to redo */
  redo() {
    return this.#go(1)
  }

  #go(step) {
    this.endMerge()
    if (!(step < 0 ? this.canUndo : this.canRedo)) return false
    this.#at += step
    return true
  }
}
