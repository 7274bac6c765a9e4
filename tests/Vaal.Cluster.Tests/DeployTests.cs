using Vaal.Tests;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Vaal.Cluster.Tests;

/// <summary>What lies under deploy/: it parses, and the commands in it are commands of vaal.</summary>
public sealed class DeployTests
{
    private static string Folder => Path.Combine(Repository.Root, "deploy");

    public static TheoryData<string> Files => [.. Directory
        .EnumerateFiles(Folder, "*.yaml", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Folder, f))];

    [Theory, MemberData(nameof(Files))]
    public void Manifest_Parses_AndItsArgumentsAreOptionsOfVaal(string file)
    {
        foreach (var document in Documents(file))
        {
            if (file.StartsWith("kubernetes", StringComparison.Ordinal))
            {
                Assert.Contains("apiVersion", document.Keys);
                Assert.Contains("metadata", document.Keys);
                Assert.Contains((string)document["kind"],
                    new[] { "Service", "StatefulSet", "Deployment", "Job", "PodDisruptionBudget",
                        "PersistentVolumeClaim" });
            }
            foreach (var arguments in Arguments(document))
            {
                string[] line = [.. arguments.Select(a => a.Replace("$(JOB_COMPLETION_INDEX)", "3",
                    StringComparison.Ordinal))];
                if (line[0] != "cluster") continue;
                Assert.Empty(Vaal.Cli.Commands.RootOf.Vaal(default).Parse(line).Errors);
            }
        }
    }

    [Fact]
    public void Kubernetes_Selectors_MatchTheirPods()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Folder, "kubernetes")))
            foreach (var document in Documents(Path.GetRelativePath(Folder, file)))
            {
                if (document["spec"] is not Dictionary<object, object> spec
                    || !spec.TryGetValue("template", out var template) || !spec.ContainsKey("selector")) continue;
                var labels = At(template, "metadata", "labels");
                Assert.Equal(At(spec["selector"], "matchLabels"), labels);
            }
    }

    [Fact]
    public void Dockerfile_BuildsAProjectThatExists_AndRunsItAsNobodySpecial()
    {
        var lines = File.ReadAllLines(Path.Combine(Folder, "Dockerfile"));
        var publish = Assert.Single(lines, l => l.StartsWith("RUN dotnet publish", StringComparison.Ordinal));
        Assert.True(Directory.Exists(Path.Combine(Repository.Root, publish.Split(' ')[3])));
        Assert.Contains("USER vaal", lines);
        Assert.Contains("ENTRYPOINT [\"/app/vaal\"]", lines);
    }

    private static object At(object from, params string[] keys) =>
        keys.Aggregate(from, (at, key) => ((Dictionary<object, object>)at)[key]);

    private static List<Dictionary<object, object>> Documents(string file)
    {
        var deserializer = new DeserializerBuilder().Build();
        var parser = new MergingParser(new Parser(new StringReader(File.ReadAllText(Path.Combine(Folder, file)))));
        var documents = new List<Dictionary<object, object>>();
        parser.Consume<YamlDotNet.Core.Events.StreamStart>();
        while (parser.Accept<YamlDotNet.Core.Events.DocumentStart>(out _))
            documents.Add(deserializer.Deserialize<Dictionary<object, object>>(parser));
        Assert.NotEmpty(documents);
        return documents;
    }

    private static IEnumerable<string[]> Arguments(object node) => node switch
    {
        Dictionary<object, object> map => map.SelectMany(p =>
            p.Key is "args" or "command" && p.Value is List<object> list
            ? [[.. list.Select(a => (string)a)]] : Arguments(p.Value)),
        List<object> list => list.SelectMany(Arguments),
        _ => [],
    };
}
