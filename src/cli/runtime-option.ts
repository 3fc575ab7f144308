// Owns the options that choose what runs pods, for every command that may start the region.
import { Option } from 'commander'

/** `--runtime`, or else what NEARGATE_RUNTIME says. */
export function runtimeOption(): Option {
  return new Option(
    '--runtime <runtime>',
    'what runs pods: engine (Docker or Podman on Linux: rootless, or as root), standin (nothing runs), or auto: engine if there is one',
  )
    .env('NEARGATE_RUNTIME')
    .choices(['auto', 'engine', 'standin'])
    .default('auto')
}

/** `--builtin`, or else what NEARGATE_BUILTIN says. */
export function builtinOption(): Option {
  return new Option(
    '--builtin <who>',
    'who plays images that Neargate has itself, such as the load balancer controller: on (Neargate), off (the images), or auto: an image that the engine has',
  )
    .env('NEARGATE_BUILTIN')
    .choices(['on', 'off', 'auto'])
    .default('auto')
}

/** `--uplink`, or else what NEARGATE_UPLINK says. */
export function uplinkOption(): Option {
  return new Option(
    '--uplink <on|off>',
    'whether pods in an engine reach the internet, where the routes of their VPC lead there',
  )
    .env('NEARGATE_UPLINK')
    .choices(['on', 'off'])
    .default('on')
}
