// Owns what is kept of a prefix list that customers manage.
import type { ClientToken } from '../../protocol/client-token.ts'

export interface PrefixListEntry {
  /** Of the family of its list. */
  readonly cidr: string
  readonly description?: string
}

export interface PrefixListRecord {
  /** `pl-0` and 16 hexadecimal digits. */
  readonly id: string
  readonly tags: Readonly<Record<string, string>>
  readonly name: string
  readonly family: 'IPv4' | 'IPv6'
  readonly maxEntries: number
  /** The entries of each version, those of version 1 first. */
  readonly versions: readonly (readonly PrefixListEntry[])[]
  readonly state: 'create-complete' | 'modify-complete' | 'restore-complete' | 'delete-failed'
  readonly stateMessage?: string
  readonly token?: ClientToken
}
