// The look-through's shaders. They repeat postcam_core/warp (reprojection.py, splat.py, guide.py) step by step.

const HEADER = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
`

/**
 * Every source pixel is a point of 2×2 target pixels: the floor and ceil neighbours of where it lands.
 *
 * The point's centre is the corner that the four share, a whole number of window pixels, half a pixel away from
 * every pixel centre: no rounding can cover other pixels. The target has a ring of one pixel around the image,
 * so that points that reach into the image from outside are not clipped.
 */
const splatVertex = (carried) => `${HEADER}
uniform sampler2D uImage, uDepth;
uniform ivec2 uSize;
uniform vec2 uDepthCode;          // ln(depth) = x + y · code, in the model's unit
uniform mat3 uRaysFromPixels;
uniform mat4 uTargetFromSource;
uniform mat3 uTargetK;
uniform float uFallOff, uFarthest;
flat out vec4 vLanding;           // floor neighbour in the target, and how far beyond it
flat out vec4 vCarried;

const vec4 NOWHERE = vec4(2.0, 2.0, 2.0, 1.0);

void main() {
  ivec2 pixel = ivec2(gl_VertexID % uSize.x, gl_VertexID / uSize.x);
  vec2 bytes = round(texelFetch(uDepth, pixel, 0).rg * 255.0);
  float depth = exp(uDepthCode.x + uDepthCode.y * (bytes.r * 256.0 + bytes.g));
  vec3 point = depth * (uRaysFromPixels * vec3(pixel, 1.0));
  vec3 moved = (uTargetFromSource * vec4(point, 1.0)).xyz;
  vec3 target = uTargetK * moved;
  gl_PointSize = 2.0;
  gl_Position = NOWHERE;
  if (!(target.z > 0.0)) return;
  vec2 size = vec2(uSize);
  vec2 position = clamp(target.xy / target.z, vec2(-2.0), size + 1.0);
  vec2 base = floor(position);
  if (any(lessThan(base, vec2(-1.0))) || any(greaterThanEqual(base, size))) return;
  float behind = uFallOff * log(1.0 + min(target.z, uFarthest));
  vLanding = vec4(base + 1.0, position - base);
  vec3 colour = texelFetch(uImage, pixel, 0).rgb;
  vCarried = ${carried};
  gl_Position = vec4((base + 2.0) / (size + 2.0) * 2.0 - 1.0, min(behind / 25.0 - 1.0, 1.0), 1.0);
}`

/** Carries colour · weight and weight. */
export const SPLAT_VERTEX = splatVertex("vec4(colour, 1.0) * exp(-behind)")
/** Carries colour, and the exponent of the weight. */
export const RELATIVE_VERTEX = splatVertex("vec4(colour, behind)")

// A pixel that lands on the grid counts twice in that direction, as in splat.py.
const SHARE = `
flat in vec4 vLanding;
flat in vec4 vCarried;
float share() {
  vec2 isCeil = floor(gl_FragCoord.xy) - vLanding.xy;
  vec2 floorShare = 1.0 - vLanding.zw + vec2(equal(vLanding.zw, vec2(0.0)));
  vec2 shares = mix(floorShare, vLanding.zw, isCeil);
  return shares.x * shares.y;
}
`

/** Sums of colour · weight and of weight. */
export const SPLAT_FRAGMENT = `${HEADER}${SHARE}
out vec4 sums;
void main() {
  sums = share() * vCarried;
}`

/** The same with weights relative to the nearest point of the pixel, for sums that hold few powers of ten. */
export const RELATIVE_FRAGMENT = `${HEADER}${SHARE}
uniform sampler2D uNearest;
out vec4 sums;
void main() {
  float nearest = 50.0 * texelFetch(uNearest, ivec2(gl_FragCoord.xy), 0).r;
  sums = share() * exp(min(nearest - vCarried.a, 0.0)) * vec4(vCarried.rgb, 1.0);
}`

/** What comes before it: only depth is written, and only where the point has a share. */
export const NEAREST_FRAGMENT = `${HEADER}${SHARE}
void main() {
  if (share() == 0.0) discard;
}`

/** One triangle that covers everything. */
export const FULL_VERTEX = `${HEADER}
void main() {
  gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}`

/** Sums → picture, its first row on top; black where nothing landed. Alpha is 1 where the pixel is known. */
export const RESOLVE_FRAGMENT = `${HEADER}
uniform sampler2D uSums;
uniform ivec2 uSize;
out vec4 colour;
void main() {
  ivec2 pixel = ivec2(gl_FragCoord.x, uSize.y - 1 - int(gl_FragCoord.y));
  vec4 sums = texelFetch(uSums, pixel + 1, 0);
  colour = sums.a > 0.0 ? vec4(sums.rgb / sums.a, 1.0) : vec4(0.0);
}`

/** Known pixels in each row of the picture. */
export const COUNT_FRAGMENT = `${HEADER}
precision highp usampler2D;
uniform sampler2D uSums;
uniform ivec2 uSize;
out uvec4 count;
void main() {
  uint known = 0u;
  for (int x = 1; x <= uSize.x; x++) {
    known += uint(texelFetch(uSums, ivec2(x, int(gl_FragCoord.y) + 1), 0).a > 0.0);
  }
  count = uvec4(known, 0u, 0u, 0u);
}`
