// Owns a table of packet rules in a namespace: what is wanted is put there by its difference to what is.
import { KeyedLock } from '../../base/keyed-lock.ts'
import { inside, type Namespace } from './namespace.ts'
import { changedTable, wholeTable, withoutTable, type NftTable } from './nft-table.ts'

/** One table. What a former run has left of it is replaced by the first change. */
export class RuleTable {
  readonly #namespace: Pick<Namespace, 'path'>
  readonly #name: string
  readonly #turns = new KeyedLock()
  /** Undefined: not known, or not there. */
  #applied: NftTable | undefined

  constructor(namespace: Pick<Namespace, 'path'>, name: string) {
    this.#namespace = namespace
    this.#name = name
  }

  /** Makes it what is wanted, in one transaction. @throws CommandError */
  async apply(wanted: NftTable): Promise<void> {
    await this.#turns.run('', () => this.#put(wanted))
  }

  /** Changes what was applied; nothing where nothing was. @throws CommandError */
  async change(change: (applied: NftTable) => NftTable): Promise<void> {
    await this.#turns.run('', async () => {
      if (this.#applied) await this.#put(change(this.#applied))
    })
  }

  /** Takes it away, whether it is there or not. @throws CommandError */
  async remove(): Promise<void> {
    await this.#turns.run('', async () => {
      this.#applied = undefined
      await this.#run(withoutTable(this.#name))
    })
  }

  async #put(wanted: NftTable): Promise<void> {
    const before = this.#applied
    const script = before ? changedTable(this.#name, before, wanted) : wholeTable(this.#name, wanted)
    // After a failure nobody knows what is there.
    this.#applied = undefined
    if (script !== '') await this.#run(script)
    this.#applied = wanted
  }

  async #run(script: string): Promise<void> {
    await inside(this.#namespace, ['nft', '-f', '-'], script)
  }
}
