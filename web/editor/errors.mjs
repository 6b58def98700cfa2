// Errors that a user may see, in the three parts of postcam_core/errors.py.

/** What was expected, what came, and what to do about it. */
export class PostCamError extends Error {
  /**
   * @param {string} what the thing at fault, as the user knows it
   * @param {{expected: string, got: string, todo: string}} parts todo is a full sentence
   */
  constructor(what, { expected, got, todo }) {
    super(`${what}: expected ${expected}, got ${got}. ${todo}`)
    Object.assign(this, { name: new.target.name, what, expected, got, todo })
  }
}

/** A scene whose files cannot be read. */
export class SceneError extends PostCamError {}

/** A picture that cannot be rendered here or now. */
export class RenderError extends PostCamError {}
