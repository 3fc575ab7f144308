// Owns what EKS refuses, in the words of the service. Sources: responses of the API as recorded by moto
// (eks/models.py), eksctl and the Terraform provider; awslabs and AWS repositories' issues where said.
import { AwsError } from '../../../base/errors.ts'

type Fields = Record<string, unknown>

export function notFound(message: string, fields: Fields = {}): AwsError {
  return new AwsError('ResourceNotFoundException', message, { status: 404, fields })
}

export function inUse(message: string, fields: Fields = {}): AwsError {
  return new AwsError('ResourceInUseException', message, { status: 409, fields })
}

export function invalidParameter(message: string, fields: Fields = {}): AwsError {
  return new AwsError('InvalidParameterException', message, { status: 400, fields })
}

export function invalidRequest(message: string, fields: Fields = {}): AwsError {
  return new AwsError('InvalidRequestException', message, { status: 400, fields })
}

/** A part of the API that is not emulated: refused by name, so that nothing is pretended. */
export function notEmulated(what: string): AwsError {
  return invalidParameter(`${what} is not emulated by Neargate.`)
}

export function clusterNotFound(clusterName: string): AwsError {
  return notFound(`No cluster found for name: ${clusterName}.`, { clusterName })
}

export function clusterNotActive(clusterName: string): AwsError {
  return invalidRequest(`Cluster '${clusterName}' is not in ACTIVE status`, { clusterName })
}

export function nodegroupNotFound(clusterName: string, nodegroupName: string): AwsError {
  return notFound(`No node group found for name: ${nodegroupName}.`, { clusterName, nodegroupName })
}

export function profileNotFound(clusterName: string, fargateProfileName: string): AwsError {
  return notFound(`No Fargate Profile found with name: ${fargateProfileName}.`, {
    clusterName,
    fargateProfileName,
  })
}

export function addonNotFound(clusterName: string, addonName: string): AwsError {
  return notFound(`No addon: ${addonName} found in cluster: ${clusterName}`, { clusterName, addonName })
}

export function entryNotFound(clusterName: string, principalArn: string): AwsError {
  return notFound(
    `The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.`,
    {
      clusterName,
      principalArn,
    },
  )
}

export function associationNotFound(clusterName: string, associationId: string): AwsError {
  return notFound(`No pod identity association found with id: ${associationId} in cluster: ${clusterName}`, {
    clusterName,
  })
}
