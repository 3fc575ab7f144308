// Owns looking at what a machine has to run pods in, and saying how to get what is missing.
import { mayMakeNetworks, thisMachine, whyNoVpcNetwork, type Machine } from '../network/vpc/privilege.ts'
import { findEngine } from '../runtime/engine/find-engine.ts'

export interface Finding {
  readonly state: 'good' | 'missing'
  readonly what: string
  /** What to do about it. */
  readonly help?: string
}

const ENGINE_HELP =
  'Start Docker, or a rootful Podman: podman system service --time 0 unix:///run/podman/podman.sock. With a rootless one, run this in its user namespace: podman unshare npx neargate start.'
const RIGHTS_HELP =
  'Who may use the engine is not enough: Neargate itself makes the networks of pods. Run it as root, such as by sudo --preserve-env=PATH,HOME npx neargate start, or with a rootless Podman in its user namespace: podman unshare npx neargate start.'

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
          ...(engine.restriction !== undefined && { help: `It is ${engine.restriction}.` }),
        },
    missing === undefined
      ? { state: 'good', what: 'networks of pods: this process may make them' }
      : {
          state: 'missing',
          what: `networks of pods: ${missing}`,
          help: mayMakeNetworks(machine)
            ? 'Install iproute2, util-linux and nftables.'
            : machine.platform === 'linux'
              ? RIGHTS_HELP
              : 'Run neargate as root on Linux, such as in a virtual machine.',
        },
    hasAll
      ? { state: 'good', what: 'pods run what their images say (--runtime auto or engine)' }
      : { state: 'good', what: 'pods run as stand-ins: no image is run, all else is there' },
  ]
}
