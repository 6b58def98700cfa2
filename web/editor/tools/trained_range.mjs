// How far the camera went in what the released model is likely to have seen.
//
// What is known: the released code takes its scale from a camera file of the MultiCamVideo data set (ReCamMaster's), and
// its reading of cameras is that set's. The set's description gives, for clips of 81 frames at 15 per second: pans of 5°
// to 45°, tilts of 5° to 30°, straight moves of a quarter to once the distance to the actor, arcs of 15° to 75°, random
// paths with one to three stops between, and cameras that stand still; half of them at constant speed, half slowing down
// exponentially. All cameras of a scene share one focal length, and they are taken to start at one place.
//
// What is inferred, and may be wrong: that PostCam was trained on that set (what its paper says about its training data
// is not at hand); that the distance to the actor is about the nearest depth (the released scale takes the radius of the
// set's 30° arc for the nearest depth); that no camera rolls (the description names no roll); and that the 41 frames
// which the model takes span a whole clip.
//
// So these are where a warning is due, not where the model fails.

/** Chord of the longest arc, 75°, about a point one nearest depth away: more than the longest straight move, 1. */
const LONGEST_ARC_DEG = 75
const LONGEST_SHIFT = 2 * Math.sin((LONGEST_ARC_DEG * Math.PI) / 360)

// A move that slows down exponentially starts faster than its average. How much faster is not known; three times is
// what the factor e^(−a) gives for a = 2.8.
const PEAK = 3
const NUM_STEPS = 40

/** Limits over the clip, against the camera of its first frame, unless the name says otherwise. */
export const TRAINED_RANGE = Object.freeze({
  /** From where the camera starts, in nearest depths. */
  shift: LONGEST_SHIFT,
  /** Turn of any kind. */
  turn_deg: LONGEST_ARC_DEG,
  /** Less than this is turning in place, in nearest depths: arcs of 15° and straight moves of a quarter go farther. */
  inPlaceShift: 0.1,
  /** In place. */
  pan_deg: 45,
  /** In place. */
  tilt_deg: 30,
  /** None in training; so little is not seen. */
  roll_deg: 3,
  /** Focal length at most so many times the source's, or the source's so many times it: none in training. */
  focal: 1.03,
  /** Of the camera's start from the source's, in nearest depths and degrees: none in training. */
  startShift: 0.02,
  startTurn_deg: 1,
  /** In one frame, in nearest depths and degrees: the longest move in 41 frames, at its fastest. */
  shiftPerFrame: (LONGEST_SHIFT / NUM_STEPS) * PEAK,
  turnPerFrame_deg: (LONGEST_ARC_DEG / NUM_STEPS) * PEAK,
})
