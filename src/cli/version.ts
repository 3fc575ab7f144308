// Owns the version of this program, as its package says it.
import { readFileSync } from 'node:fs'

/** `1.2.3` */
export function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  // Our own package.json.
  return (JSON.parse(manifest) as { version: string }).version
}
