{{/* Names, labels and images. */}}

{{- define "m2fp.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* By these a pod's Deployment, Service and policies find it: they never change. Takes root, component, and worker. */}}
{{- define "m2fp.selector" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- with .worker }}
m2fp/worker: {{ . }}
{{- end }}
{{- end -}}

{{- define "m2fp.labels" -}}
{{ include "m2fp.selector" . }}
app.kubernetes.io/part-of: m2fp
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Takes root and image. */}}
{{- define "m2fp.image" -}}
{{- $registry := .root.Values.image.registry -}}
{{- with $registry }}{{ . }}/{{ end }}{{ .image.repository }}
{{- if .image.digest }}@{{ .image.digest }}{{ else }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}{{ end -}}
{{- end -}}

{{/* The entries of `workers`, each with what it does not say from `workerDefaults`; as JSON under `all`. */}}
{{- define "m2fp.workers" -}}
{{- $workers := list -}}
{{- $names := list -}}
{{- range .Values.workers -}}
{{- $worker := mergeOverwrite (deepCopy $.Values.workerDefaults) (deepCopy .) -}}
{{- $_ := set $worker "model" (default $worker.name $worker.model) -}}
{{- if has $worker.name $names -}}
{{- fail (printf "workers: two entries are called %s" $worker.name) -}}
{{- end -}}
{{- include "m2fp.checkWorker" $worker -}}
{{- $names = append $names $worker.name -}}
{{- $workers = append $workers $worker -}}
{{- end -}}
{{- dict "all" $workers | toJson -}}
{{- end -}}

{{- define "m2fp.checkWorker" -}}
{{- if gt (len .bundle) 1 -}}
{{- fail (printf "workers: the bundle of %s comes from one place: image, claim or init" .name) -}}
{{- end -}}
{{- $scaling := .autoscaling -}}
{{- if and (eq $scaling.kind "hpa") (lt (int $scaling.min) 1) -}}
{{- fail (printf "workers: with autoscaling.kind hpa, autoscaling.min of %s is at least 1; only keda scales to zero" .name) -}}
{{- end -}}
{{- if and (ne $scaling.kind "none") (gt (int $scaling.min) (int $scaling.max)) -}}
{{- fail (printf "workers: autoscaling.min of %s is more than autoscaling.max" .name) -}}
{{- end -}}
{{- end -}}

{{/* Names of all models, the default one first; as JSON under `all`. */}}
{{- define "m2fp.models" -}}
{{- $models := list -}}
{{- with .Values.defaultModel }}{{ $models = append $models . }}{{ end -}}
{{- range (include "m2fp.workers" . | fromJson).all }}{{ $models = append $models .model }}{{ end -}}
{{- if not $models -}}
{{- fail "workers: there is none; say at least defaultModel" -}}
{{- end -}}
{{- dict "all" (uniq $models) | toJson -}}
{{- end -}}
