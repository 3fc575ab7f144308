import { describe, expect, it } from 'vitest'

import { fullImageName } from './image-name.ts'

describe('an image name', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.25', 'docker.io/library/nginx:1.25'],
    ['library/nginx', 'docker.io/library/nginx:latest'],
    ['bitnami/redis:7', 'docker.io/bitnami/redis:7'],
    ['public.ecr.aws/nginx/nginx:1.24-alpine-slim', 'public.ecr.aws/nginx/nginx:1.24-alpine-slim'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['registry.k8s.io/pause@sha256:' + 'a'.repeat(64), 'registry.k8s.io/pause@sha256:' + 'a'.repeat(64)],
  ])('%s is %s', (short, full) => {
    expect(fullImageName(short)).toBe(full)
  })

  it.each(['', 'Nginx', 'nginx:', 'nginx:bad tag', 'a//b', '-nginx', 'nginx@sha256:short', 'http://x/y'])(
    '%j is none',
    (text) => {
      expect(fullImageName(text)).toBeUndefined()
    },
  )
})
