// Owns the packages of the AWS SDK behind the services that are served, for tests that try all that they export.
import { awsServices, isServiceName, type ServiceName } from '../protocol/services.ts'
import { serviceTables } from './service-tables.ts'

/** A package with the operations of its service that are served. */
export interface SdkPackage {
  readonly service: ServiceName
  readonly operations: readonly string[]
  readonly Client: new (settings: object) => object
  /** What it exports, by name. */
  readonly exports: Readonly<Record<string, unknown>>
}

/** @returns the packages, in the order of the documentation; a service without one is left out. */
export async function sdkPackages(): Promise<SdkPackage[]> {
  const packages = (await serviceTables()).map(
    async ({ schema: service, operations }): Promise<SdkPackage[]> => {
      const facts = isServiceName(service) ? awsServices[service] : undefined
      if (!isServiceName(service) || !facts || !('client' in facts)) return []
      const [pack, className] = facts.client
      // What a package exports is told by its names.
      const exports = (await import(`@aws-sdk/client-${pack}`)) as Record<string, unknown>
      const Client = exports[className] as SdkPackage['Client']
      return [{ service, operations: Object.keys(operations), Client, exports }]
    },
  )
  return (await Promise.all(packages)).flat()
}
