{{/* What the pods of all services have in common. */}}

{{/* Metadata of a pod. Takes root, component, worker, config. */}}
{{- define "m2fp.podMetadata" -}}
annotations:
  checksum/settings: {{ include "m2fp.commonSettings" .root | sha256sum }}
  {{- with .config.pod.annotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
labels:
  {{- include "m2fp.selector" . | nindent 2 }}
  app.kubernetes.io/part-of: m2fp
  {{- with .config.pod.labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/*
The beginning of a pod's spec. Takes root, component, worker, config, and graceSeconds. The files of the Secret belong to
the group of `node` and to nobody else.
*/}}
{{- define "m2fp.podSpec" -}}
serviceAccountName: {{ include "m2fp.fullname" .root }}-{{ .component }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .graceSeconds }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  {{- if .config.parserUsers }}
  # It begins as root, to become `node` with the rights that it takes to run parsers under other users.
  runAsUser: 0
  runAsGroup: 0
  {{- else }}
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  {{- end }}
  fsGroup: 1000
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- $pod := .config.pod }}
{{- range $name := list "nodeSelector" "tolerations" "affinity" "priorityClassName" }}
{{- with get $pod $name }}
{{ $name }}: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}
topologySpreadConstraints:
  {{- if hasKey $pod "topologySpread" }}
  {{- toYaml $pod.topologySpread | nindent 2 }}
  {{- else }}
  {{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - topologyKey: {{ $key }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "m2fp.selector" $ | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
  {{- end }}
  {{- end }}
{{- end -}}

{{/* The beginning of a container. Takes root, component, config. */}}
{{- define "m2fp.container" -}}
name: {{ .component }}
image: {{ include "m2fp.image" (dict "root" .root "image" .config.image) | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
    {{- if .config.parserUsers }}
    add: [SETUID, SETGID, KILL]
    {{- end }}
envFrom:
  - configMapRef: { name: {{ include "m2fp.fullname" .root }}-settings }
{{- end -}}

{{/* Takes root, service and config. */}}
{{- define "m2fp.secretsVolume" -}}
- name: secrets
  secret:
    secretName: {{ include "m2fp.secretName" . }}
    # 0400; the kubelet adds reading for the pod's group.
    defaultMode: 256
    items:
      {{- $keys := include "m2fp.secretKeys" . | fromJson }}
      {{- range $key := merge $keys (include "m2fp.secretFiles" . | fromJson) | values | uniq | sortAlpha }}
      - { key: {{ $key }}, path: {{ $key }} }
      {{- end }}
{{- end -}}

{{/*
Probes. Takes port, and readySeconds: how long an answer of /readyz may take. A process that starts answers within
seconds; a start that takes a minute has failed.
*/}}
{{- define "m2fp.probes" -}}
startupProbe:
  httpGet: { path: /healthz, port: {{ .port }} }
  periodSeconds: 1
  failureThreshold: 60
  timeoutSeconds: 2
readinessProbe:
  httpGet: { path: /readyz, port: {{ .port }} }
  periodSeconds: 5
  failureThreshold: 2
  timeoutSeconds: {{ .readySeconds }}
livenessProbe:
  httpGet: { path: /healthz, port: {{ .port }} }
  periodSeconds: 10
  failureThreshold: 3
  timeoutSeconds: 5
{{- end -}}

{{/* Takes root, component, worker, config. */}}
{{- define "m2fp.disruptionBudget" -}}
{{- if .config.podDisruptionBudget.enabled }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name }}
  labels:
    {{- include "m2fp.labels" . | nindent 4 }}
spec:
  maxUnavailable: {{ .config.podDisruptionBudget.maxUnavailable }}
  # A pod that is not ready serves nobody, and must not keep a node from being drained.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "m2fp.selector" . | nindent 6 }}
{{- end }}
{{- end -}}
