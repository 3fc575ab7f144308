// Owns the mark on everything that `up` makes, and the reading of it: what is ours, and whose the rest is.
import { clusterOfTags, EKSCTL_VERSION_TAG } from '../rules/eksctl/tags.ts'

/** Tag on AWS resources and annotation on Kubernetes objects: the cluster whose files they were made from. */
export const PROJECT_MARK = 'neargate.dev/project'
/** Tag on stacks: `up` made the stack, or took it over from somebody else. */
const ORIGIN_MARK = 'neargate.dev/origin'
const MADE = 'up'
const ADOPTED = 'adopted'

export type Tags = Readonly<Record<string, string>>

/** The tags that say that `up` made a thing for this cluster. */
export function projectTags(cluster: string): Tags {
  return { [PROJECT_MARK]: cluster }
}

/** The tags of a stack that `up` makes, or takes over when `present` are those of somebody else's. */
export function stackMarks(cluster: string, present: Tags | undefined): Tags {
  const isMade = present === undefined || (isOurs(present, cluster) && !isAdopted(present))
  return { ...projectTags(cluster), [ORIGIN_MARK]: isMade ? MADE : ADOPTED }
}

/** True when `up` made, or took over, what has these tags or annotations, for this cluster. */
export function isOurs(marks: Tags | undefined, cluster: string): boolean {
  return marks?.[PROJECT_MARK] === cluster
}

/** True when a stack is ours, and eksctl too takes it for a part of this cluster: what may be changed or deleted. */
export function isOurStack(tags: Tags, cluster: string): boolean {
  return isOurs(tags, cluster) && clusterOfTags(tags) === cluster
}

/** True when the stack was taken over: its settings, termination protection among them, are not of our making. */
export function isAdopted(tags: Tags): boolean {
  return tags[ORIGIN_MARK] === ADOPTED
}

// So many tags say enough of who made something.
const TAGS_SHOWN = 3

/** Whose a thing is, by its tags, for a sentence `made by …`. */
export function makerOf(tags: Tags): string {
  const project = tags[PROJECT_MARK]
  if (project !== undefined) return `neargate up for the cluster ${project}`
  const version = tags[EKSCTL_VERSION_TAG]
  if (version !== undefined) return `eksctl ${version}`
  const others = Object.entries(tags).slice(0, TAGS_SHOWN)
  const shown = others.map(([key, value]) => `${key}=${value}`).join(', ')
  return shown === '' ? 'somebody else' : `somebody else (${shown})`
}

/** The key-value list of an SDK client as a record. */
export function tagsOf(
  list: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
): Tags {
  return Object.fromEntries((list ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))
}

/** A record of tags as SDK clients take them. */
export function tagList(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}
