module hustings.example/verify-log

go 1.22
