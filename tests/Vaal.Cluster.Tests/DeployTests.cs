using Vaal.Tests;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Vaal.Cluster.Tests;

/// <summary>What lies under deploy/: it parses, and the commands in it are commands of vaal.</summary>
public sealed class DeployTests
{
    private static string Folder => Path.Combine(Repository.Root, "deploy");

    private static string Page => File.ReadAllText(Path.Combine(Repository.Root, "docs", "cluster.md"));

    /// <summary>The number of the user that the image runs as.</summary>
    private static string User => Assert.Single(File.ReadAllLines(Path.Combine(Folder, "Dockerfile")),
        l => l.StartsWith("USER ", StringComparison.Ordinal))["USER ".Length..];

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
                        "PersistentVolumeClaim", "NetworkPolicy" });
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
        foreach (var document in Kubernetes())
        {
            if (document["spec"] is not Dictionary<object, object> spec
                || !spec.TryGetValue("template", out var template) || !spec.ContainsKey("selector")) continue;
            var labels = At(template, "metadata", "labels");
            Assert.Equal(At(spec["selector"], "matchLabels"), labels);
        }
    }

    /// <summary>A policy with a misspelt label protects nothing, and one with a wrong port stops the cluster.</summary>
    [Fact]
    public void Kubernetes_NetworkPolicies_NameOurPods_AndEveryPortOfTheirContainers()
    {
        var documents = Kubernetes().ToList();
        var pods = documents.Where(d => d["spec"] is Dictionary<object, object> spec && spec.ContainsKey("template"))
            .ToDictionary(d => (string)At(d, "spec", "template", "metadata", "labels", "app"),
                d => (Dictionary<object, object>)Assert.Single((List<object>)At(d, "spec", "template", "spec",
                    "containers")));
        var policies = documents.Where(d => (string)d["kind"] == "NetworkPolicy").Select(d => d["spec"]).ToList();
        Assert.Equal(["vaal-redis", "vaal-silo", "vaal-worker"],
            policies.Select(p => (string)At(p, "podSelector", "matchLabels", "app")));
        foreach (var policy in policies)
        {
            var rules = (List<object>)At(policy, "ingress");
            var container = pods[(string)At(policy, "podSelector", "matchLabels", "app")];
            Assert.Equal(
                container.TryGetValue("ports", out var ports)
                    ? ((List<object>)ports).Select(p => At(p, "containerPort")) : [],
                rules.SelectMany(r => (List<object>)At(r, "ports")).Select(p => At(p, "port")));
            Assert.All(rules.SelectMany(r => (List<object>)At(r, "from")), from => Assert.Contains(
                (string)At(from, "podSelector", "matchLabels", "app"), pods.Keys.Append("vaal-client")));
        }
        Assert.Contains("`app: vaal-client`", Page, StringComparison.Ordinal);
    }

    [Fact]
    public void Dockerfile_BuildsAProjectThatExists_AndRunsItAsNobodySpecial()
    {
        var lines = File.ReadAllLines(Path.Combine(Folder, "Dockerfile"));
        var publish = Assert.Single(lines, l => l.StartsWith("RUN dotnet publish", StringComparison.Ordinal));
        Assert.True(Directory.Exists(Path.Combine(Repository.Root, publish.Split(' ')[3])));
        Assert.Matches("^[1-9][0-9]*$", User);
        Assert.Contains($"RUN useradd --uid {User} --create-home vaal", lines);
        Assert.Contains("ENTRYPOINT [\"/app/vaal\"]", lines);
    }

    [Fact]
    public void Kubernetes_PodsWithTheSharedVolume_MayWriteToIt_AndGetTheKeysOfS3()
    {
        var pods = Kubernetes()
            .Where(d => d["spec"] is Dictionary<object, object> spec && spec.ContainsKey("template"))
            .Select(d => (Dictionary<object, object>)At(d, "spec", "template", "spec"))
            .Where(p => p.ContainsKey("volumes")).ToList();
        Assert.Equal(3, pods.Count);
        Assert.All(pods, pod =>
        {
            Assert.Equal(User, (string)At(pod, "securityContext", "runAsUser"));
            Assert.Equal(User, (string)At(pod, "securityContext", "fsGroup"));
            var container = Assert.Single((List<object>)pod["containers"]);
            var secret = At(Assert.Single((List<object>)At(container, "envFrom")), "secretRef");
            Assert.Equal("true", (string)At(secret, "optional"));
            Assert.Contains($"`{At(secret, "name")}`", Page, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Kubernetes_Pods_HaveNoMoreRightsThanTheyNeed_AndAnImageThatCanBePulled()
    {
        var pods = Kubernetes()
            .Where(d => d["spec"] is Dictionary<object, object> spec && spec.ContainsKey("template"))
            .Select(d => At(d, "spec", "template", "spec")).ToList();
        Assert.Equal(4, pods.Count);
        Assert.All(pods, pod =>
        {
            Assert.Equal("false", (string)At(pod, "automountServiceAccountToken"));
            Assert.Equal("true", (string)At(pod, "securityContext", "runAsNonRoot"));
            Assert.Equal("RuntimeDefault", (string)At(pod, "securityContext", "seccompProfile", "type"));
            var container = Assert.Single((List<object>)At(pod, "containers"));
            Assert.Equal("false", (string)At(container, "securityContext", "allowPrivilegeEscalation"));
            var dropped = (List<object>)At(container, "securityContext", "capabilities", "drop");
            Assert.Equal("ALL", (string)Assert.Single(dropped));
            Assert.Equal("IfNotPresent", (string)At(container, "imagePullPolicy"));
            var image = (string)At(container, "image");
            Assert.Contains(image, new[] { "redis:7.4", "REGISTRY/vaal:0.1.0" });
            if (image.StartsWith("REGISTRY", StringComparison.Ordinal))
                Assert.Contains($"docker push {image}", Page, StringComparison.Ordinal);
        });
    }

    /// <summary>Kubernetes refuses a limit for each index with another policy.</summary>
    [Fact]
    public void Kubernetes_IndexedJob_EndsWhereAPodFailsAgainAndAgain()
    {
        var job = At(Assert.Single(Documents("kubernetes/indexed-job.yaml")), "spec");
        Assert.True(int.Parse((string)At(job, "backoffLimitPerIndex")) > 0);
        // the others would wait for its shards
        Assert.Equal("0", (string)At(job, "maxFailedIndexes"));
        Assert.True(int.Parse((string)At(job, "activeDeadlineSeconds")) > 0);
        Assert.Equal("Never", (string)At(job, "template", "spec", "restartPolicy"));
    }

    [Fact]
    public void Compose_ServicesWithTheSharedFolder_GetTheKeysOfS3_AndThePageSaysWhoOwnsIt()
    {
        var services = (Dictionary<object, object>)At(Assert.Single(Documents("compose/compose.yaml")), "services");
        var sharing = services.Values.Cast<Dictionary<object, object>>()
            .Where(s => ((List<object>)s["volumes"]).Contains("./shared:/shared")).ToList();
        Assert.Equal(4, sharing.Count);
        Assert.All(sharing, service =>
        {
            var environment = (Dictionary<object, object>)service["environment"];
            Assert.Contains("AWS_ACCESS_KEY_ID", environment.Keys);
            Assert.Contains("AWS_SECRET_ACCESS_KEY", environment.Keys);
            Assert.Contains("AWS_SESSION_TOKEN", environment.Keys);
            Assert.Contains("AWS_REGION", environment.Keys);
        });
        Assert.Contains($"sudo chown {User} deploy/compose/shared`", Page, StringComparison.Ordinal);
    }

    /// <summary>The image is built from the sources alone: no builds of the host, no history, no images.</summary>
    [Fact]
    public void DockerIgnore_LeavesOutWhatIsNoSource()
    {
        var ignored = File.ReadAllLines(Path.Combine(Repository.Root, ".dockerignore"));
        Assert.All(File.ReadLines(Path.Combine(Repository.Root, ".gitignore")).Where(l => l.EndsWith('/'))
            .Select(l => "**/" + l.TrimEnd('/')).Append(".git").Append("deploy/compose/shared"),
            folder => Assert.Contains(folder, ignored));
    }

    private static object At(object from, params string[] keys) =>
        keys.Aggregate(from, (at, key) => ((Dictionary<object, object>)at)[key]);

    private static IEnumerable<Dictionary<object, object>> Kubernetes() =>
        Directory.EnumerateFiles(Path.Combine(Folder, "kubernetes")).Order()
            .SelectMany(f => Documents(Path.GetRelativePath(Folder, f)));

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
