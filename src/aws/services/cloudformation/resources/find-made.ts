// Owns telling what an earlier, killed attempt has made from what is somebody else's.
import { isAwsCode } from '../../../../base/errors.ts'
import type { ResourceContext } from './resource-type.ts'

/**
 * True when the thing with the resource's own name was made since the resource was begun: then an earlier attempt made
 * it. Had it been there before, that attempt would have been refused.
 * @param created when it was made; rejects with one of `goneCodes` when there is none
 */
export async function isMadeSince(
  context: ResourceContext,
  created: () => Promise<Date | number | undefined>,
  goneCodes: readonly string[],
): Promise<boolean> {
  try {
    const at = await created()
    return at !== undefined && Number(at) >= context.begunAtMs
  } catch (error) {
    if (isAwsCode(error, ...goneCodes)) return false
    throw error
  }
}

/** True when something carries the tags that CloudFormation gives to this resource alone. */
export function hasOwnTags(
  { ownTags }: Pick<ResourceContext, 'ownTags'>,
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[],
): boolean {
  return ownTags.every(({ Key, Value }) => tags.some((tag) => tag.Key === Key && tag.Value === Value))
}

/** Runs `action`, taking these error codes for success: what was to be made is there, what was to go has gone. */
export async function tolerating(codes: readonly string[], action: () => Promise<unknown>): Promise<void> {
  try {
    await action()
  } catch (error) {
    if (!isAwsCode(error, ...codes)) throw error
  }
}
