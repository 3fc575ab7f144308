// Owns packet rules as a value: a table of nft's, what turns one into another, and what makes one from nothing. Pure.
// Source: nft(8).
import { sha256Hex } from '../../base/sha256.ts'

/** Names that rules look addresses up in. */
export interface NftSet {
  /** Such as `ipv4_addr . inet_service`. */
  readonly type: string
  /** Undefined: the kernel fills it itself, as its rules say. */
  readonly elements: ReadonlySet<string> | undefined
  /** Such as `flags dynamic,timeout`. */
  readonly options?: readonly string[]
}

export interface NftMap {
  /** Such as `ipv4_addr : verdict`. */
  readonly type: string
  readonly elements: ReadonlyMap<string, string>
}

export interface NftChain {
  readonly rules: readonly string[]
  /** Such as `type filter hook forward priority 0`; undefined: other chains lead here. */
  readonly hook?: string
}

/** A table of the family `ip`. Names are unique within each kind. */
export interface NftTable {
  readonly sets: ReadonlyMap<string, NftSet>
  readonly maps: ReadonlyMap<string, NftMap>
  readonly chains: ReadonlyMap<string, NftChain>
}

/** The name of an owner's table of a purpose: names of clusters may begin with a digit, those of tables may not. */
export function tableName(purpose: string, owner: string): string {
  return `${purpose}-${sha256Hex(owner, 12)}`
}

/**
 * Adds a chain that is named after what is in it: where the same holds one is shared, and one never changes.
 * @returns its name
 */
export function contentChain(
  chains: Map<string, NftChain>,
  purpose: string,
  rules: readonly string[],
): string {
  const name = `${purpose}-${sha256Hex(rules.join('\n'), 16)}`
  chains.set(name, { rules })
  return name
}

/** A table with nothing in it. */
export const EMPTY_TABLE: NftTable = { sets: new Map(), maps: new Map(), chains: new Map() }

/** The script that takes a table away, whether it is there or not. */
export function withoutTable(name: string): string {
  return `add table ip ${name}\ndelete table ip ${name}\n`
}

/** The script that puts a table in the place of one of that name, whatever that holds, in one transaction. */
export function wholeTable(name: string, table: NftTable): string {
  return withoutTable(name) + changedTable(name, EMPTY_TABLE, table, [`add table ip ${name}`])
}

/**
 * The script that makes `after` of a table that is `before`, in one transaction; empty when nothing changes. What stays
 * is not said again: the work is that of the change, not of the table.
 */
export function changedTable(
  name: string,
  before: NftTable,
  after: NftTable,
  first: readonly string[] = [],
): string {
  const at = `ip ${name}`
  const lines = [
    ...first,
    // What rules name must be there before them, and what chains are named by maps before those.
    ...madeSets(at, before, after),
    ...madeMaps(at, before, after),
    ...madeChains(at, before, after),
    ...changedElements(at, before, after),
    ...changedVerdicts(at, before, after),
    ...removed(at, before, after),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

function madeSets(at: string, before: NftTable, after: NftTable): string[] {
  return [...after.sets]
    .filter(([name]) => !before.sets.has(name))
    .map(
      ([name, { type, options = [] }]) =>
        `add set ${at} ${name} { ${[`type ${type}`, ...options].join('; ')}; }`,
    )
}

function madeMaps(at: string, before: NftTable, after: NftTable): string[] {
  return [...after.maps]
    .filter(([name]) => !before.maps.has(name))
    .map(([name, { type }]) => `add map ${at} ${name} { type ${type}; }`)
}

function madeChains(at: string, before: NftTable, after: NftTable): string[] {
  const changed = [...after.chains].filter(
    ([name, { rules }]) => before.chains.get(name)?.rules.join('\n') !== rules.join('\n'),
  )
  const made = changed.filter(([name]) => !before.chains.has(name))
  return [
    ...made.map(([name, { hook }]) => `add chain ${at} ${name}${hook === undefined ? '' : ` { ${hook}; }`}`),
    ...changed.filter(([name]) => before.chains.has(name)).map(([name]) => `flush chain ${at} ${name}`),
    ...changed.flatMap(([name, { rules }]) => rules.map((rule) => `add rule ${at} ${name} ${rule}`)),
  ]
}

function changedElements(at: string, before: NftTable, after: NftTable): string[] {
  return [...after.sets].flatMap(([name, { elements }]) => {
    if (!elements) return []
    const old = before.sets.get(name)?.elements ?? new Set()
    return [
      ...list('delete', `${at} ${name}`, [...old.difference(elements)]),
      ...list('add', `${at} ${name}`, [...elements.difference(old)]),
    ]
  })
}

function changedVerdicts(at: string, before: NftTable, after: NftTable): string[] {
  return [...after.maps].flatMap(([name, { elements }]) => {
    const old = before.maps.get(name)?.elements ?? new Map<string, string>()
    const gone = [...old].filter(([key, verdict]) => elements.get(key) !== verdict)
    const come = [...elements].filter(([key, verdict]) => old.get(key) !== verdict)
    return [
      ...list(
        'delete',
        `${at} ${name}`,
        gone.map(([key, verdict]) => `${key} : ${verdict}`),
      ),
      ...list(
        'add',
        `${at} ${name}`,
        come.map(([key, verdict]) => `${key} : ${verdict}`),
      ),
    ]
  })
}

function removed(at: string, before: NftTable, after: NftTable): string[] {
  const chains = [...before.chains.keys()].filter((name) => !after.chains.has(name))
  return [
    ...[...before.maps.keys()]
      .filter((name) => !after.maps.has(name))
      .map((name) => `delete map ${at} ${name}`),
    // Chains may lead to each other.
    ...chains.map((name) => `flush chain ${at} ${name}`),
    ...chains.map((name) => `delete chain ${at} ${name}`),
    ...[...before.sets.keys()]
      .filter((name) => !after.sets.has(name))
      .map((name) => `delete set ${at} ${name}`),
  ]
}

function list(verb: string, where: string, elements: readonly string[]): string[] {
  return elements.length === 0 ? [] : [`${verb} element ${where} { ${elements.join(', ')} }`]
}
