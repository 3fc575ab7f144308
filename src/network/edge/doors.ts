// Owns what the edge listens on: doors that are wanted are opened, all others shut. What listens at one is its kind's.

export interface Door {
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
}

/** Why nothing listens, as the system says it: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`. */
export type DoorFault = string

/** What listens at an open door. */
export interface Listening {
  readonly port: number
  /** Nothing comes in any more; what came in before goes on. */
  close(): Promise<void>
}

/** Listens at a door, or rejects with the system's error. What comes in meets what was wanted last. */
export type Listen<Kind> = (wanted: () => Kind) => Promise<Listening>

interface OpenDoor<Kind> {
  readonly listening: Listening
  /** Replaced by every declaration. */
  readonly wanted: { door: Kind }
}

/** Doors of a kind, by key. */
export class Doors<Kind extends Door> {
  readonly #listen: Listen<Kind>
  readonly #open = new Map<string, OpenDoor<Kind>>()
  readonly #faults = new Map<string, DoorFault>()
  readonly #opening = new Map<string, Promise<void>>()

  constructor(listen: Listen<Kind>) {
    this.#listen = listen
  }

  /** Opens a door, or keeps it with a new handler. @returns why it is shut; undefined when it is open */
  async open(key: string, door: Kind): Promise<DoorFault | undefined> {
    for (let busy; (busy = this.#opening.get(key));) await busy
    const there = this.#open.get(key)
    if (there) {
      there.wanted.door = door
      return undefined
    }
    const opening = this.#begin(key, door)
    this.#opening.set(key, opening)
    await opening
    this.#opening.delete(key)
    return this.#faults.get(key)
  }

  isOpen(key: string): boolean {
    return this.#open.has(key)
  }

  /** The port of an open door. */
  port(key: string): number | undefined {
    return this.#open.get(key)?.listening.port
  }

  /** Why a door that was wanted is shut. */
  fault(key: string): DoorFault | undefined {
    return this.#faults.get(key)
  }

  shut(key: string): void {
    void this.#open.get(key)?.listening.close()
    this.#open.delete(key)
    this.#faults.delete(key)
  }

  /** Shuts every door that is not wanted. */
  keep(isWanted: (key: string) => boolean): void {
    for (const key of [...this.#open.keys(), ...this.#faults.keys()]) if (!isWanted(key)) this.shut(key)
  }

  /** Shuts all. */
  async close(): Promise<void> {
    const closed = [...this.#open.values()].map(({ listening }) => listening.close())
    this.#open.clear()
    await Promise.all(closed)
  }

  async #begin(key: string, door: Kind): Promise<void> {
    const wanted = { door }
    try {
      const listening = await this.#listen(() => wanted.door)
      this.#faults.delete(key)
      this.#open.set(key, { listening, wanted })
    } catch (error) {
      this.#faults.set(key, codeOf(error))
    }
  }
}

function codeOf(error: unknown): string {
  return Error.isError(error) && 'code' in error ? String(error.code) : 'unknown error'
}
