using Mysticeti.Validator.Cli;

return await ValidatorCommand.Create().Parse(args).InvokeAsync();
