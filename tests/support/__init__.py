"""What tests share: factories, tables as tests read them, services and processes to run against."""
