// Owns the containers that lead out of VPCs: a pause container a VPC in the network that the engine gives to containers
// by default, so that pods reach what any container of the engine reaches.
import { RuntimeError } from '../runtime.ts'
import { listContainers, type EngineApi } from './api.ts'
import type { ContainerAnswer } from './exits.ts'
import { EngineImages } from './images.ts'
import { uplinkFilter, uplinkLabels } from './labels.ts'
import { PAUSE_IMAGE } from './pause.ts'
import { ulimitsOf } from './ulimits.ts'

export interface EngineUplinks {
  /** The container of a VPC, made where it is not there. @returns a process in its network @throws RuntimeError */
  ensure(vpcId: string): Promise<number>
  /** No error when there is none. @throws RuntimeError */
  remove(vpcId: string): Promise<void>
}

export interface EngineUplinksOptions {
  readonly api: EngineApi
  /** `docker`, `podman` */
  readonly name: string
  /** Whose containers these are, before the name of any cluster. */
  readonly owner: string
}

/** The ways out through one engine. */
export function createEngineUplinks({ api, name, owner }: EngineUplinksOptions): EngineUplinks {
  const images = new EngineImages(api)
  const processOf = async (id: string): Promise<number> => {
    const { State } = await api.json<ContainerAnswer>('GET', `/containers/${id}/json`)
    return State.Running ? State.Pid : 0
  }
  const idsOf = async (vpcId: string): Promise<string[]> => {
    const found = await listContainers<{ Id: string }>(api, uplinkFilter(owner, vpcId))
    return found.map(({ Id }) => Id)
  }
  const remove = async (vpcId: string): Promise<void> => {
    for (const id of await idsOf(vpcId)) {
      await api.text('DELETE', `/containers/${id}`, { query: { force: true, v: true } }).catch(ignoreGone)
    }
  }
  return {
    remove,
    async ensure(vpcId) {
      const [present] = await idsOf(vpcId)
      const pid = present === undefined ? 0 : await processOf(present)
      if (pid > 0) return pid
      await remove(vpcId)
      await images.ensurePause()
      const body = {
        Image: PAUSE_IMAGE,
        Labels: uplinkLabels(owner, vpcId),
        HostConfig: {
          NetworkMode: 'bridge',
          Ulimits: ulimitsOf(name),
          ReadonlyRootfs: true,
          SecurityOpt: ['no-new-privileges'],
        },
      }
      const { Id } = await api.json<{ Id: string }>('POST', '/containers/create', { body })
      try {
        await api.text('POST', `/containers/${Id}/start`)
        return await processOf(Id)
      } catch (error) {
        await remove(vpcId)
        throw error
      }
    },
  }
}

function ignoreGone(error: unknown): void {
  if (!(error instanceof RuntimeError) || error.code !== 'NotFound') throw error
}
