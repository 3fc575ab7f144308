// Owns the version of this program, as its package says it.
import { packageText } from '../base/package-files.ts'

/** `1.2.3` */
export function version(): string {
  const manifest = packageText('package.json')
  // Our own package.json.
  return (JSON.parse(manifest) as { version: string }).version
}
