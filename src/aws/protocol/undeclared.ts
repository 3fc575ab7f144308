// Owns finding what a request asks for beyond what its operation declares.
import { isDeepStrictEqual } from 'node:util'

import { documentedDefault } from './defaults.ts'
import type { Member, Schema, ShapeRef } from './schema.ts'
import type { Members } from './service.ts'
import { join } from './values.ts'

/** Declared paths as a tree; a node without children is a leaf, declared as a whole. */
type Tree = ReadonlyMap<string, Tree>

/** A member that is not declared, and its value when that is what is not emulated, rather than the member. */
export interface Undeclared {
  /** `remoteAccess`, `networkInterfaces[].ipv6Addresses` */
  readonly path: string
  readonly value?: string
}

const trees = new WeakMap<Members, Tree>()

function treeOf(members: Members): Tree {
  const known = trees.get(members)
  if (known) return known
  const root = new Map<string, Tree>()
  for (const path of [...members.honours, ...members.keeps]) {
    let node = root
    for (const name of path.replaceAll('[]', '').split('.')) {
      // The maps of this loop are the ones it has made.
      const next = (node.get(name) ?? new Map<string, Tree>()) as Map<string, Tree>
      node.set(name, next)
      node = next
    }
  }
  trees.set(members, root)
  return root
}

/**
 * The first member of an input that is not declared and has a value that asks for something: anything but the
 * documented default, null, and empty lists, maps and structures.
 * @param ref the operation's input shape; the value has been checked against it
 */
export function findUndeclared(
  schema: Schema,
  ref: ShapeRef,
  { members, input, region }: { members: Members; input: object; region?: string },
): Undeclared | undefined {
  return inStructure({ schema, tree: treeOf(members), path: '', region }, ref, input)
}

/**
 * Every member that an operation does not declare, as `findUndeclared` names it, with the documented default that it
 * may carry all the same (`false` where there is none).
 */
export function undeclaredMembers(
  schema: Schema,
  ref: ShapeRef,
  members: Members,
): readonly { readonly path: string; readonly standard: unknown }[] {
  const all = collect({ schema, tree: treeOf(members), path: '' }, ref)
  // EC2's dry run is answered for every operation.
  return schema.name === 'ec2' ? all.filter(({ path }) => path !== 'DryRun') : all
}

function collect(place: Place, ref: ShapeRef): { path: string; standard: unknown }[] {
  const shape = place.schema.shape(ref)
  if (shape.kind !== 'structure') return []
  return shape.members.flatMap((member) => {
    const tree = place.tree?.get(member.name)
    const path = join(place.path, member.name)
    if (!tree) {
      const at = { service: place.schema.name, shape: shape.name, member: member.name }
      return [{ path, standard: documentedDefault(at) }]
    }
    const inner = place.schema.shape(member.ref)
    return inner.kind === 'list'
      ? collect({ ...place, tree, path: `${path}[]` }, inner.item.ref)
      : collect({ ...place, tree, path }, member.ref)
  })
}

interface Place {
  readonly schema: Schema
  /** What is declared here; undefined below a member that is not declared itself. */
  readonly tree: Tree | undefined
  readonly path: string
  readonly region?: string | undefined
}

function inStructure(place: Place, ref: ShapeRef, value: object): Undeclared | undefined {
  const shape = place.schema.shape(ref)
  if (shape.kind !== 'structure') return undefined
  for (const member of shape.members) {
    const item = Object.hasOwn(value, member.name)
      ? (value as Record<string, unknown>)[member.name]
      : undefined
    if (item === undefined || item === null) continue
    const node = place.tree?.get(member.name)
    if (node?.size === 0) continue
    const found = inMember({ ...place, tree: node, path: join(place.path, member.name) }, member, {
      shape: shape.name,
      value: item,
    })
    if (found) return found
  }
  return undefined
}

function inMember(
  place: Place,
  member: Member,
  { shape, value }: { shape: string; value: unknown },
): Undeclared | undefined {
  const standard = documentedDefault({ service: place.schema.name, shape, member: member.name }, place.region)
  if (isDeepStrictEqual(value, standard)) return undefined
  const below = inside(place, member.ref, value)
  if (!below) return undefined
  // Below a member that nothing is declared of, that member is the one to name.
  if (below.path !== place.path) return place.tree === undefined ? { path: place.path } : below
  const isValue = standard !== false && typeof value === 'string'
  return isValue ? { path: place.path, value: value.slice(0, 64) } : below
}

function inside(place: Place, ref: ShapeRef, value: unknown): Undeclared | undefined {
  const shape = place.schema.shape(ref)
  if (shape.kind === 'simple') return { path: place.path }
  // Declared parts of it are looked into; a map is a leaf.
  if (shape.kind === 'structure') return inStructure(place, ref, value as object)
  if (shape.kind === 'map') return Object.keys(value as object).length > 0 ? { path: place.path } : undefined
  for (const item of value as readonly unknown[]) {
    const found = inside({ ...place, path: `${place.path}[]` }, shape.item.ref, item)
    // A list of simple values is named itself.
    if (found) return found.path === `${place.path}[]` ? { path: place.path } : found
  }
  return undefined
}
