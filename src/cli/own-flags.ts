// Owns the refusal of options of `neargate up` that contradict one another, about regions that belong to the command.
import { UserError } from '../base/errors.ts'

export interface OwnFlags {
  readonly target: 'near' | 'aws'
  readonly json?: true
  readonly ephemeral?: true
  /** Until a signal. */
  readonly wait?: true
}

/**
 * @param command what stands behind `--`
 * @throws UserError (wrong usage) when they cannot be had together
 */
export function assertOwnFits(flags: OwnFlags, command: readonly string[]): void {
  const wrong = contradictions(flags, command.length > 0).find(([isThere]) => isThere)
  if (wrong) throw new UserError(wrong[1], { exitCode: 2 })
}

function contradictions(
  { target, json, ephemeral, wait }: OwnFlags,
  hasCommand: boolean,
): readonly (readonly [isThere: boolean | undefined, message: string])[] {
  return [
    [
      target === 'aws' && (ephemeral || wait || hasCommand),
      '--ephemeral, --wait and a command behind `--` are for near regions: AWS keeps what is built there',
    ],
    [
      wait && hasCommand,
      '--wait is until a signal, and a command behind `--` is until that ends: choose one',
    ],
    [wait && !ephemeral, '--wait makes sense with --ephemeral only: a region that is kept goes on by itself'],
    [hasCommand && !ephemeral, 'a command behind `--` makes sense with --ephemeral only'],
    [
      json && hasCommand,
      '--json is one object on standard output, where the command behind `--` writes, too: leave it away',
    ],
  ]
}
