// Owns `neargate logs`: what the near region has to say, for a person.
import { openSync, readSync, closeSync, statSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'

import { UserError } from '../../base/errors.ts'
import { homeAt } from '../../region/home.ts'
import type { App } from '../app.ts'
import { LEVELS, lineForPeople, type Level } from '../log-line.ts'

interface LogsFlags {
  readonly follow?: true
  readonly level: Level
  readonly tail: number
  readonly json?: true
}

const FOLLOW_MS = 300

export function registerLogs(program: Command, app: App): void {
  program
    .command('logs')
    .description("show the near region's own log; those of pods are with kubectl logs")
    .option('-f, --follow', 'go on with what is said from now on')
    .addOption(new Option('--level <level>', 'what is as grave at least').choices(LEVELS).default('info'))
    .option('--tail <lines>', 'so many of the last lines', parseLines, 200)
    .option('--json', 'lines of JSON, as the file has them')
    .action(async (flags: LogsFlags) => {
      const { log } = homeAt(undefined, app.environment)
      const reader = new LogReader(log)
      const show = (lines: readonly string[]): void => {
        const shown = lines.flatMap((line) =>
          flags.json ? line : (lineForPeople(line, flags.level, app.terminal) ?? []),
        )
        if (shown.length > 0) app.terminal.out(shown.join('\n'))
      }
      show(reader.read().slice(-flags.tail))
      while (flags.follow) {
        await app.clock.sleep(FOLLOW_MS)
        show(reader.read())
      }
    })
}

function parseLines(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('it is a number of lines above 0')
  return Number(text)
}

/** Reads whole lines of a file, each once. */
class LogReader {
  readonly #path: string
  #offset = 0

  constructor(path: string) {
    this.#path = path
  }

  /** The lines since the last call. @throws UserError when there is no log */
  read(): readonly string[] {
    const size = statSync(this.#path, { throwIfNoEntry: false })?.size
    if (size === undefined) {
      throw new UserError(`no near region has said anything yet: there is no ${this.#path}`, {
        help: 'Start one with: neargate start',
      })
    }
    // A new file took the place of the old one.
    if (size < this.#offset) this.#offset = 0
    const bytes = Buffer.alloc(size - this.#offset)
    const file = openSync(this.#path, 'r')
    readSync(file, bytes, 0, bytes.length, this.#offset)
    closeSync(file)
    const end = bytes.lastIndexOf('\n') + 1
    this.#offset += end
    return bytes
      .toString('utf8', 0, end)
      .split('\n')
      .filter((line) => line !== '')
  }
}
