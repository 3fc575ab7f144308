// Owns checking what a request says of an add-on: its name, its version, its configuration.
import { parse } from 'yaml'

import { isObject } from '../../../../base/json.ts'
import { versionsOfAddon } from '../../../../rules/eks/addons.ts'
import { addonNotFound, invalidParameter } from '../errors.ts'
import { findCluster } from '../lookup.ts'
import type { AddonRecord, Eks } from '../state.ts'
import { findAddon } from './catalog.ts'
import { schemaOf, violationsOf } from './configuration-schema.ts'
import type { AddonDefinition } from './definition.ts'

/** The definition of a named add-on. @throws AwsError InvalidParameterException */
export function requireDefinition(name: string | undefined): AddonDefinition {
  const definition = findAddon(name)
  if (!definition) throw invalidParameter(`Addon ${name} specified is not supported`, { addonName: name })
  return definition
}

/** The version to install: the one asked for, or the default. @throws AwsError InvalidParameterException */
export function chooseVersion(
  definition: AddonDefinition,
  kubernetesVersion: string,
  asked?: string,
): string {
  if (asked === undefined) return definition.versionFor(kubernetesVersion)
  if (versionsOfAddon(definition, kubernetesVersion).includes(asked)) return asked
  throw invalidParameter('Addon version specified is not supported', { addonName: definition.name })
}

/**
 * configurationValues (JSON or YAML) as JSON text; undefined when nothing was given.
 * @throws AwsError InvalidParameterException when a key or a value is not of the add-on's schema
 */
export function checkValues(definition: AddonDefinition, text: string | undefined): string | undefined {
  if (!text) return undefined
  const value = parseText(text)
  if (!isObject(value)) throw invalidParameter('ConfigurationValue is not in valid JSON or YAML format.')
  const violations = violationsOf(schemaOf(definition), value)
  if (violations.length > 0) {
    throw invalidParameter(
      `ConfigurationValue provided in request is not supported: Json schema validation failed with error: [${violations.join(', ')}]`,
      { addonName: definition.name },
    )
  }
  return JSON.stringify(value)
}

function parseText(text: string): unknown {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

/** The record of an installed add-on. @throws AwsError ResourceNotFoundException */
export function findRecord(
  eks: Eks,
  clusterName: string | undefined,
  addonName: string | undefined,
): { key: string; record: AddonRecord } {
  const { cluster } = findCluster(eks, clusterName)
  const key = `${cluster.name}/${addonName}`
  const record = eks.tables.addons.get(key)
  if (!record) throw addonNotFound(cluster.name, addonName ?? '')
  return { key, record }
}
