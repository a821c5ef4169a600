{{/*
What a service reads from its environment. settings.json has the names of all settings by service; it is made from the
services' own code.
*/}}

{{/* A value as the text of a variable: numbers without an exponent. */}}
{{- define "m2fp.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}{{ int64 . }}{{- else -}}{{ . }}{{- end -}}
{{- end -}}

{{/* Refuses what is no setting, a secret, or has its own value. Takes name, where, and known: the names, as a list. */}}
{{- define "m2fp.checkSetting" -}}
{{- $own := dict
  "HOST" "listenOn" "PORT" "nothing: pods have port 5000"
  "HEALTH_PORT" "nothing: pods have port 8080" "MODEL" "defaultModel or workers" "MODELS" "workers"
  "THREADS" "threads of a worker" "PARSER_PROCESSES" "processes of a worker" "CONCURRENCY" "concurrency of a worker"
  "MAX_CHILD_RSS_MB" "memory of a worker" "SHUTDOWN_TIMEOUT_MS" "shutdownSeconds" "M2FP_CACHE_DIR" "bundle of a worker"
  "ALLOW_ANONYMOUS" "api.allowAnonymous" "S3_BUCKET" "s3.bucket" "S3_ENDPOINT" "s3.endpoint" "S3_REGION" "s3.region"
  "S3_PUBLIC_ENDPOINT" "s3.publicEndpoint" "S3_FORCE_PATH_STYLE" "s3.forcePathStyle" -}}
{{- if hasKey $own .name -}}
{{- fail (printf "%s.%s: set by %s" .where .name (get $own .name)) -}}
{{- end -}}
{{- if and (hasSuffix "_FILE" .name) (has .name .known) -}}
{{- fail (printf "%s.%s: put the file into a Secret and name its key in secrets.files" .where .name) -}}
{{- end -}}
{{- if has .name .secrets -}}
{{- fail (printf "%s.%s: is a secret; put it into a Secret and name its key in secrets.keys" .where .name) -}}
{{- end -}}
{{- if not (or (has .name .known) (hasPrefix "OTEL_" .name)) -}}
{{- fail (printf "%s.%s: there is no such setting" .where .name) -}}
{{- end -}}
{{- end -}}

{{/* What all services read, for the ConfigMap: name and text, as JSON. */}}
{{- define "m2fp.commonSettings" -}}
{{- $known := .Files.Get "settings.json" | fromJson -}}
{{- $values := dict "S3_BUCKET" (required "s3.bucket: is needed, the bucket of photos and results" .Values.s3.bucket) -}}
{{- with .Values.s3.region }}{{ $_ := set $values "S3_REGION" . }}{{ end -}}
{{- with .Values.s3.endpoint }}{{ $_ := set $values "S3_ENDPOINT" . }}{{ end -}}
{{- $style := .Values.s3.forcePathStyle | toString -}}
{{- if $style }}{{ $_ := set $values "S3_FORCE_PATH_STYLE" $style }}{{ end -}}
{{- range $name, $value := .Values.settings -}}
{{- if and (has $name $known.api.settings) (has $name $known.worker.settings) (has $name $known.dispatcher.settings) -}}
{{- $_ := set $values $name (include "m2fp.text" $value) -}}
{{- end -}}
{{- end -}}
{{- $values | toJson -}}
{{- end -}}

{{/* A service's own variables. Takes root, service, config, and fixed: name and text. */}}
{{- define "m2fp.env" -}}
{{- $known := .root.Files.Get "settings.json" | fromJson -}}
{{- $mine := get $known .service -}}
{{- $all := concat $known.api.settings $known.worker.settings $known.dispatcher.settings -}}
{{- $secrets := concat $known.api.secrets $known.worker.secrets $known.dispatcher.secrets -}}
{{- $values := dict -}}
{{- range $name, $value := .root.Values.settings -}}
{{- include "m2fp.checkSetting" (dict "name" $name "where" "settings" "known" $all "secrets" $secrets) -}}
{{- $isCommon := and (has $name $known.api.settings) (has $name $known.worker.settings) (has $name $known.dispatcher.settings) -}}
{{- $isTracing := and (hasPrefix "OTEL_" $name) (has "OTEL_EXPORTER_OTLP_ENDPOINT" $mine.settings) -}}
{{- if and (not $isCommon) (or (has $name $mine.settings) $isTracing) -}}
{{- $_ := set $values $name (include "m2fp.text" $value) -}}
{{- end -}}
{{- end -}}
{{- range $name, $value := .config.settings -}}
{{- include "m2fp.checkSetting" (dict "name" $name "where" (printf "settings of the %s" $.service) "known" $mine.settings "secrets" $secrets) -}}
{{- $_ := set $values $name (include "m2fp.text" $value) -}}
{{- end -}}
{{- range $name, $key := include "m2fp.secretKeys" . | fromJson -}}
{{- $_ := set $values (printf "%s_FILE" $name) (printf "/run/secrets/m2fp/%s" $key) -}}
{{- end -}}
{{- range $name, $key := include "m2fp.secretFiles" . | fromJson -}}
{{- $_ := set $values $name (printf "/run/secrets/m2fp/%s" $key) -}}
{{- end -}}
{{- range $name, $value := .fixed }}{{ $_ := set $values $name (include "m2fp.text" $value) }}{{ end -}}
{{- range $name := keys $values | sortAlpha }}
- name: {{ $name }}
  value: {{ get $values $name | quote }}
{{- end }}
{{- end -}}

{{/* Keys in a service's Secret by setting, as JSON. Takes root, service and config. */}}
{{- define "m2fp.secretKeys" -}}
{{- $known := .root.Files.Get "settings.json" | fromJson -}}
{{- $mine := get $known .service -}}
{{- $all := concat $known.api.secrets $known.worker.secrets $known.dispatcher.secrets -}}
{{- $keys := dict -}}
{{- range $name, $key := mergeOverwrite (deepCopy .root.Values.secrets.keys) (deepCopy .config.secrets.keys) -}}
{{- if not (has $name $all) -}}
{{- fail (printf "secrets.keys.%s: there is no such secret setting, only %s" $name (join ", " (uniq $all))) -}}
{{- end -}}
{{- if and $key (has $name $mine.secrets) }}{{ $_ := set $keys $name $key }}{{ end -}}
{{- end -}}
{{- if not (hasKey $keys "REDIS_URL") -}}
{{- fail (printf "secrets.keys.REDIS_URL: the %s needs it" .service) -}}
{{- end -}}
{{- $keys | toJson -}}
{{- end -}}

{{/* Keys in a service's Secret by the setting that names their file, as JSON. Takes root, service and config. */}}
{{- define "m2fp.secretFiles" -}}
{{- $known := .root.Files.Get "settings.json" | fromJson -}}
{{- $mine := get $known .service -}}
{{- $all := concat $known.api.settings $known.worker.settings $known.dispatcher.settings -}}
{{- $files := dict -}}
{{- range $name, $key := mergeOverwrite (deepCopy .root.Values.secrets.files) (deepCopy .config.secrets.files) -}}
{{- if not (and (hasSuffix "_FILE" $name) (has $name $all)) -}}
{{- fail (printf "secrets.files.%s: there is no setting of this name that names a file" $name) -}}
{{- end -}}
{{- if and $key (has $name $mine.settings) }}{{ $_ := set $files $name $key }}{{ end -}}
{{- end -}}
{{- $files | toJson -}}
{{- end -}}

{{/* The name of a service's Secret. Takes root and config. */}}
{{- define "m2fp.secretName" -}}
{{- .config.secrets.name | default .root.Values.secrets.name | required "secrets.name: is needed" -}}
{{- end -}}
