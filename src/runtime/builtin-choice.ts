// Owns who does the work of a pod whose image Neargate provides itself: Neargate, or the image.
import type { BuiltinImage } from './standin/builtins.ts'

/** `auto`: the image where the engine has it. */
export type BuiltinWish = 'on' | 'off' | 'auto'

export interface BuiltinChoice {
  readonly wish: BuiltinWish
  readonly builtins: readonly BuiltinImage[]
  /** Whether an engine has an image; nothing is pulled to find out. */
  readonly hasImage: (image: string) => Promise<boolean>
}

/** Whether a pod of these images is Neargate's to play; else the engine runs it. */
export async function isBuiltinPod(
  images: readonly string[],
  { wish, builtins, hasImage }: BuiltinChoice,
): Promise<boolean> {
  const own = builtins.filter((builtin) => images.some((image) => builtin.matches(image)))
  if (own.length === 0) return false
  if (wish === 'on' || own.some(({ isReplaceable }) => !isReplaceable)) return true
  if (wish === 'off') return false
  // Half of a pod is of no use: one image that has to be pulled leaves the work here.
  const present = await Promise.all(images.map(hasImage))
  return present.includes(false)
}

/** What stand-ins play where there is no engine: with `off` nothing that an image, or somebody else, may do. */
export function standinBuiltins(
  builtins: readonly BuiltinImage[],
  wish: BuiltinWish,
): readonly BuiltinImage[] {
  return wish === 'off' ? builtins.filter(({ isReplaceable }) => !isReplaceable) : builtins
}
