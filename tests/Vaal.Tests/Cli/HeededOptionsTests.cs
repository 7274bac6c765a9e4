using Vaal.Cli.Commands;
using Vaal.Cli.Terminal;

namespace Vaal.Tests.Cli;

/// <summary>An option that would do nothing is refused before any work.</summary>
public sealed class HeededOptionsTests
{
    [Theory]
    [InlineData("bench nowhere.json --cluster-name x",
        "expected --cluster with --cluster-name, found none; leave --cluster-name out")]
    [InlineData("next --tls-certificate x.pem",
        "expected --cluster with --tls-certificate, found none; leave --tls-certificate out")]
    [InlineData("init nowhere --log warning", "expected --cluster with --log, found none; leave --log out")]
    [InlineData("bench nowhere.json --cluster localhost",
        "expected host:port with --cluster, found 'localhost'; give the address of Redis, such as redis1:6379")]
    [InlineData("next --cluster there:port,ssl=true",
        "expected host:port with --cluster, found 'there:port'; give the address of Redis, such as redis1:6379")]
    [InlineData("cluster status --redis redis://there",
        "expected host:port with --redis, found 'redis://there'; give the address of Redis, such as redis1:6379")]
    [InlineData("cluster status job --out store",
        "expected --out or the name of a job, found --out store and job; leave one of the two out")]
    [InlineData("cluster status --out store --redis there:6379",
        "expected a cluster to ask with --redis, found --out, which reads the store itself; leave --redis out")]
    [InlineData("cluster status --out store --tls-authority x.pem", "expected a cluster to ask with --tls-authority, "
        + "found --out, which reads the store itself; leave --tls-authority out")]
    [InlineData("cluster status --s3-endpoint http://there",
        "expected --out with --s3-endpoint, found none; leave --s3-endpoint out")]
    [InlineData("encoder fetch resnet18 --from there.onnx",
        "expected an encoder that is downloaded with --from, found resnet18; leave out --from")]
    [InlineData("encoder fetch resnet18 pixels-vae --to there",
        "expected an encoder that is downloaded with --to, found resnet18, pixels-vae; leave out --to")]
    [InlineData("encoder check nowhere.onnx --to there",
        "expected an encoder that is downloaded with --to, found nowhere.onnx; leave out --to")]
    [InlineData("simulate --data embedded --out nowhere --features resnet18 --task-min-iterations 9",
        "expected a network with --task-min-iterations, found linear, a head on features that is trained to its end; "
        + "leave --task-min-iterations out, or give --task small-cnn")]
    [InlineData("init . --encoder none --encoder-flip",
        "expected an encoder with --encoder-flip, found --encoder none")]
    public void Command_WithAnOptionThatDoesNothing_IsRefused(string typed, string problem)
    {
        var error = new StringWriter { NewLine = "\n" };
        var exit = Run.Guard(() => Run.Parse(typed.Split(' '), RootOf.Vaal(default), error), default, error);
        Assert.Equal((1, $"vaal: {problem}\n"), (exit, error.ToString()));
    }
}
