# Laid over the module where a deployment may be destroyed; see README.md, "Taking it down".

resource "aws_glue_catalog_database" "zone" {
  lifecycle {
    prevent_destroy = false
  }
}
