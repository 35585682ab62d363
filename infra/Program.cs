using Mysticeti.Infra;

return await Pulumi.Deployment.RunAsync(() => NetworkProgram.Run(Directory.GetCurrentDirectory()));
