# What `make package` built. Names hold the SHA-256: a run that is under way never sees other code than it began with.

locals {
  manifest = jsondecode(file("${var.package_dir}/manifest.json"))

  artefacts = { for kind in ["code", "dependencies"] : kind => local.manifest.artefacts[kind] }
}

resource "aws_s3_object" "artefact" {
  for_each = local.artefacts

  bucket      = var.artefacts_bucket
  key         = "${each.key}/${each.value.sha256}/${basename(each.value.file)}"
  source      = "${var.package_dir}/${each.value.file}"
  source_hash = each.value.sha256
  kms_key_id  = var.key_arns["platform"]
}

resource "aws_s3_object" "script" {
  for_each = var.jobs

  bucket      = var.artefacts_bucket
  key         = "scripts/${local.manifest.scripts[each.key].sha256}/${each.key}.py"
  source      = "${var.package_dir}/${local.manifest.scripts[each.key].file}"
  source_hash = local.manifest.scripts[each.key].sha256
  kms_key_id  = var.key_arns["platform"]
}
