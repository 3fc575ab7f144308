// Owns reading what others have answered: files of one JSON object a line, beside the tests that go by them.
import { readFileSync } from 'node:fs'

/** @param file `new URL('testing/warnings.jsonl', import.meta.url)`, whose rows are of the type that the test says */
export function recordedRows<Row>(file: URL): readonly Row[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)
}
