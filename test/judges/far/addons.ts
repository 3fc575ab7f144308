// Owns what EKS has beside clusters, in an emulator that lacks it: add-ons, whose catalogue is a near region's, and those of clusters.
import {
  DescribeAddonConfigurationCommand,
  DescribeAddonVersionsCommand,
  EKSClient,
} from '@aws-sdk/client-eks'

import { isObject } from '../../../src/base/json.ts'
import type { Region } from '../../../src/library/start-region.ts'
import type { Answer, Asked } from './recorder.ts'

/** `catalogue`: what EKS offers; `whole`: those of clusters too. */
export type AddonsLacked = 'catalogue' | 'whole'

/** Answers calls about add-ons as far as an emulator lacks them. */
export class Addons {
  readonly #catalogue: EKSClient
  readonly #lacked: AddonsLacked
  readonly #installed = new Map<string, Readonly<Record<string, unknown>>>()

  constructor(near: Region, lacked: AddonsLacked) {
    this.#catalogue = near.client(EKSClient)
    this.#lacked = lacked
  }

  /** @returns the operation and its answer; undefined for any call that the emulator is to answer */
  async answer(call: Asked): Promise<{ readonly operation: string; readonly answer: Answer } | undefined> {
    const { pathname, searchParams } = new URL(call.url, 'http://localhost')
    const asked = Object.fromEntries(searchParams)
    if (pathname === '/addons/supported-versions') {
      const answer = await this.#catalogue.send(new DescribeAddonVersionsCommand(asked))
      return { operation: 'DescribeAddonVersions', answer: ok({ addons: answer.addons }) }
    }
    if (pathname === '/addons/configuration-schemas') {
      const { addonName = '', addonVersion = '' } = asked
      const { podIdentityConfiguration, configurationSchema } = await this.#catalogue.send(
        new DescribeAddonConfigurationCommand({ addonName, addonVersion }),
      )
      const body = { addonName, addonVersion, podIdentityConfiguration, configurationSchema }
      return { operation: 'DescribeAddonConfiguration', answer: ok(body) }
    }
    const [, cluster, name, update] =
      /^\/clusters\/([^/]+)\/addons(?:\/([^/]+))?(\/update)?$/.exec(pathname) ?? []
    if (cluster === undefined || this.#lacked === 'catalogue') return undefined
    const { body } = call
    if (name === undefined) return call.method === 'POST' ? this.#create(cluster, body) : this.#list(cluster)
    if (update !== undefined)
      return { operation: 'UpdateAddon', answer: this.#update(`${cluster}/${name}`, body) }
    return call.method === 'DELETE'
      ? { operation: 'DeleteAddon', answer: this.#delete(`${cluster}/${name}`) }
      : { operation: 'DescribeAddon', answer: this.#describe(`${cluster}/${name}`) }
  }

  #create(clusterName: string, body: string): { readonly operation: string; readonly answer: Answer } {
    const asked = parsed(body)
    const addon = { ...asked, clusterName, status: 'ACTIVE', health: { issues: [] } }
    this.#installed.set(`${clusterName}/${String(asked['addonName'])}`, addon)
    return { operation: 'CreateAddon', answer: ok({ addon }) }
  }

  #list(cluster: string): { readonly operation: string; readonly answer: Answer } {
    const keys = [...this.#installed.keys()].filter((key) => key.startsWith(`${cluster}/`))
    return { operation: 'ListAddons', answer: ok({ addons: keys.map((key) => key.split('/')[1]) }) }
  }

  #describe(key: string): Answer {
    const addon = this.#installed.get(key)
    return addon ? ok({ addon }) : notFound(key)
  }

  #update(key: string, body: string): Answer {
    const addon = this.#installed.get(key)
    if (!addon) return notFound(key)
    this.#installed.set(key, { ...addon, ...parsed(body) })
    return ok({ update: { id: key, status: 'Successful', type: 'AddonUpdate' } })
  }

  #delete(key: string): Answer {
    const addon = this.#installed.get(key)
    this.#installed.delete(key)
    return addon ? ok({ addon: { ...addon, status: 'DELETING' } }) : notFound(key)
  }
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(body)
  return isObject(value) ? value : {}
}

function ok(body: object): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

function notFound(key: string): Answer {
  const headers = { 'content-type': 'application/json', 'x-amzn-errortype': 'ResourceNotFoundException' }
  return { status: 404, headers, body: JSON.stringify({ message: `No addon: ${key} found.` }) }
}
