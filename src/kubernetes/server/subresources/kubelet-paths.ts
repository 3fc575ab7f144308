// Owns what a kubelet answers under nodes/proxy: its health and its pods. Everything else is not there.
// Source: kubernetes pkg/kubelet/server/server.go.
import type { Api } from '../api.ts'
import { podKind } from '../../resources/pod.ts'
import { textResponse, jsonResponse, type ApiResponse } from '../http.ts'

/** The answer of the kubelet of a node to GET of a path. */
export function kubeletAnswer({ registry }: Pick<Api, 'registry'>, node: string, path: string): ApiResponse {
  switch (path.replace(/\/$/, '')) {
    case '/healthz':
      return textResponse(200, 'ok')
    case '/pods': {
      const { items } = registry.list(podKind, { fieldSelector: `spec.nodeName=${node}` })
      return jsonResponse(200, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items })
    }
    default:
      return textResponse(404, '404 page not found\n')
  }
}
