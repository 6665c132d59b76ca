output "key_arns" {
  description = "ARN of each key, by the class of data that it encrypts."
  value       = { for class, key in aws_kms_key.class : class => key.arn }
}

output "pseudonym_secret_arn" {
  description = "ARN of the secret that holds the pseudonym key."
  value       = aws_secretsmanager_secret.pseudonym.arn
}

output "certificate_secret_arn" {
  description = "ARN of the secret that holds the key that signs certificates."
  value       = aws_secretsmanager_secret.certificate.arn
}

output "settings" {
  description = "How each key is kept."
  value       = { for class, key in aws_kms_key.class : class => { enable_key_rotation = key.enable_key_rotation } }
}

output "recovery_window_days" {
  description = "Days in which each secret can be brought back."
  value = {
    certificate = aws_secretsmanager_secret.certificate.recovery_window_in_days
    pseudonym   = aws_secretsmanager_secret.pseudonym.recovery_window_in_days
  }
}
