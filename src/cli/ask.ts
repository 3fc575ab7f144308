// Owns questions to the person at the keyboard.
import { createInterface } from 'node:readline/promises'

/** Asks one question. @returns what was typed, without the white space around it */
export type Ask = (question: string) => Promise<string>

/** Questions on the error stream, so that what is piped on stays clean; undefined where nobody is at the keyboard. */
export function askAt(
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
  environment: Readonly<Record<string, string | undefined>>,
): Ask | undefined {
  if (!input.isTTY || !output.isTTY || environment['CI'] !== undefined) return undefined
  return async (question) => {
    const lines = createInterface({ input, output })
    try {
      return (await lines.question(question)).trim()
    } finally {
      lines.close()
    }
  }
}
