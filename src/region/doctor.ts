// Owns looking at what a machine has to run pods in, and saying how to get what is missing.
import { thisMachine, whyNoVpcNetwork, type Machine } from '../network/vpc/privilege.ts'
import { findEngine } from '../runtime/engine/find-engine.ts'

export interface Finding {
  readonly state: 'good' | 'missing'
  readonly what: string
  /** What to do about it. */
  readonly help?: string
}

const ENGINE_HELP =
  'Start Docker, or a rootful Podman: podman system service --time 0 unix:///run/podman/podman.sock'

/** Looks at the engine, at what this process may do, and at what follows for pods. */
export async function diagnose(
  environment: Readonly<Record<string, string | undefined>>,
  machine: Machine = thisMachine(),
): Promise<readonly Finding[]> {
  const engine = await findEngine(environment)
  const missing = whyNoVpcNetwork(machine)
  const hasAll = !('missing' in engine) && missing === undefined
  return [
    'missing' in engine
      ? { state: 'missing', what: `container engine: ${engine.missing}`, help: ENGINE_HELP }
      : {
          state: 'good',
          what: `container engine: ${engine.name} ${engine.version} at ${engine.api.socketPath}`,
        },
    missing === undefined
      ? { state: 'good', what: 'networks of pods: this process may make them' }
      : {
          state: 'missing',
          what: `networks of pods: ${missing}`,
          help: 'Run neargate as root on Linux, with iproute2, util-linux and nftables installed.',
        },
    hasAll
      ? { state: 'good', what: 'pods run what their images say (--runtime auto or engine)' }
      : { state: 'good', what: 'pods run as stand-ins: no image is run, all else is there' },
  ]
}
