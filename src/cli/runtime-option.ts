// Owns the option that chooses what runs pods, for every command that may start the region.
import { Option } from 'commander'

/** `--runtime`, or else what NEARGATE_RUNTIME says. */
export function runtimeOption(): Option {
  return new Option(
    '--runtime <runtime>',
    'what runs pods: engine (Docker or Podman, as root on Linux), standin (nothing runs), or auto: engine if there is one',
  )
    .env('NEARGATE_RUNTIME')
    .choices(['auto', 'engine', 'standin'])
    .default('auto')
}
