// Owns the containers of a pod without Neargate: what the engine itself takes for them.
import { randomUUID } from 'node:crypto'

import { containerBody, createSetting, sandboxBody } from '../../src/runtime/engine/create-body.ts'
import { EngineImages } from '../../src/runtime/engine/images.ts'
import type { OwnEngine } from '../../src/runtime/engine/testing/own-engine.ts'

/** Starts a pause container and one of an image in its namespaces, asked for word by word as a pod's are. */
export class PlainPods {
  readonly #engine: OwnEngine
  readonly #image: string
  readonly #made: string[] = []

  constructor(engine: OwnEngine, image: string) {
    this.#engine = engine
    this.#image = image
  }

  async start(name: string): Promise<void> {
    const { api, name: engineName } = this.#engine
    const setting = createSetting(engineName, { owner: 'bench', cgroupDriver: 'cgroupfs' })
    await new EngineImages(api).ensurePause()
    const spec = { id: randomUUID(), namespace: 'default', name, ip: '', node: '', labels: {} }
    const pauseId = await this.#run(sandboxBody(setting, spec, { network: 'none', ipc: 'shareable' }))
    const sandbox = {
      pauseId,
      labels: {},
      hostname: name,
      ipcId: pauseId,
      processesId: undefined,
      cgroup: undefined,
      mounts: [],
    }
    const container = {
      sandboxId: spec.id,
      name: 'main',
      image: this.#image,
      command: [],
      args: [],
      env: {},
      ports: [],
      limits: {},
      attempt: 0,
    }
    await this.#run(containerBody(setting, container, { sandbox, targetId: undefined }))
  }

  async removeAll(): Promise<void> {
    // Those that others depend on go last.
    for (const id of this.#made.splice(0).toReversed()) {
      await this.#engine.api.text('DELETE', `/containers/${id}`, { query: { force: true, v: true } })
    }
  }

  async #run(body: object): Promise<string> {
    const { api } = this.#engine
    const { Id: id } = await api.json<{ Id: string }>('POST', '/containers/create', { body })
    this.#made.push(id)
    await api.text('POST', `/containers/${id}/start`)
    return id
  }
}
