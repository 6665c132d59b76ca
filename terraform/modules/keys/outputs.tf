output "key_arns" {
  description = "ARN of each key, by the class of data that it encrypts."
  value       = { for class, key in aws_kms_key.class : class => key.arn }
}

output "pseudonym_secret_arn" {
  description = "ARN of the secret that holds the pseudonym key."
  value       = aws_secretsmanager_secret.pseudonym.arn
}

output "settings" {
  description = "How each key is kept."
  value       = { for class, key in aws_kms_key.class : class => { enable_key_rotation = key.enable_key_rotation } }
}
