using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Tests.Labels;

/// <summary>
/// Files that were once read as something else without a word. What is right is either the label or one line that says
/// what is not read.
/// </summary>
public sealed partial class MisreadingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Two files put together: nobody knows which of the two images an annotation means.</summary>
    [Fact]
    public void Coco_TwoImagesOfOneId_NeitherIsTaken()
    {
        var (labels, problems) = Imported("c.json", """
            {"images":[{"id":1,"file_name":"a.png"},{"id":1,"file_name":"b.png"},{"id":2,"file_name":"c.png"},
              {"id":2,"file_name":"c.png"}],
             "categories":[{"id":1,"name":"cat"}],
             "annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,2,3,4]},
              {"id":2,"image_id":1,"category_id":1,"bbox":[5,5,3,4]},
              {"id":3,"image_id":2,"category_id":1,"bbox":[1,2,3,4]}]}
            """);
        Assert.Equal("c.png: box cat 1 2 3 4", labels);
        Assert.Equal("image 2: the id 1 is that of 'a.png' already; both images are left out", problems);
    }

    /// <summary>As some exporters number them: above what a double tells apart.</summary>
    [Fact]
    public void Coco_IdsOfSixtyFourBits_AreToldApart()
    {
        var (labels, problems) = Imported("c.json", """
            {"images":[{"id":9007199254740993,"file_name":"a.png"},{"id":9007199254740992,"file_name":"b.png"}],
             "categories":[{"id":1,"name":"cat"}],
             "annotations":[{"id":1,"image_id":9007199254740993,"category_id":1,"bbox":[1,2,3,4]}]}
            """);
        Assert.Equal("a.png: box cat 1 2 3 4", labels);
        Assert.StartsWith("images: 1 image has no annotation", problems, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("l.json", """[{"path":"a.png","label":"cat","label":"dog"}]""",
        "image 1: has the field 'label' twice; expected it once")]
    [InlineData("c.json", """
        {"images":[{"id":1,"file_name":"a.png"}],"categories":[{"id":1,"name":"cat"},{"id":2,"name":"dog"}],
         "annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,2,3,4],"category_id":2}]}
        """, "annotation 1: has the field 'category_id' twice; expected it once; 'a.png' is left out")]
    [InlineData("ls.json", """
        [{"id":1,"data":{"image":"a.png"},"annotations":[{"result":[],"result":[
          {"type":"choices","value":{"choices":["cat"]}}]}]}]
        """, "task 1, annotation 1: has the field 'result' twice; expected it once")]
    [InlineData("via.json", """
        {"a.png9":{"filename":"a.png","filename":"b.png","regions":[{"shape_attributes":
          {"name":"rect","x":1,"y":2,"width":3,"height":4},"region_attributes":{"class":"cat"}}]}}
        """, "entry 'a.png9': has the field 'filename' twice; expected it once")]
    public void Json_AFieldTwice_IsRefused(string file, string text, string problem) =>
        Assert.Equal(("", problem), Imported(file, text));

    [Theory]
    [InlineData("<name>cat</name><name>dog</name>", "", "<object> has <name> twice; expected it once")]
    [InlineData("<name>cat</name>", "<xmin>2</xmin>", "<bndbox> has <xmin> twice; expected it once")]
    public void Voc_AnElementTwice_IsRefused(string name, string side, string problem) => Assert.Equal(
        ("", "a.xml: " + problem), Imported("a.xml",
            $"<annotation><filename>a.png</filename><object>{name}<bndbox><xmin>1</xmin>{side}<ymin>2</ymin>"
            + "<xmax>4</xmax><ymax>6</ymax></bndbox></object></annotation>"));

    /// <summary>A class of a region, for which Label Studio gives the region's place again.</summary>
    [Theory]
    [InlineData("ls.json", """
        [{"id":1,"data":{"image":"a.png"},"annotations":[{"result":[
          {"original_width":64,"original_height":64,"image_rotation":0,"id":"r1","type":"rectanglelabels",
           "value":{"x":25,"y":25,"width":50,"height":50,"rotation":0,"rectanglelabels":["car"]}},
          {"original_width":64,"original_height":64,"image_rotation":0,"id":"r1","type":"choices",
           "value":{"x":25,"y":25,"width":50,"height":50,"rotation":0,"choices":["damaged"]}}]}]}]
        """, "task 1, annotation 1: not read: 1 'choices of a region'")]
    [InlineData("min.json", """
        [{"image":"a.png","id":1,"box":[{"x":25,"y":25,"width":50,"height":50,"rectanglelabels":["car"],
           "original_width":64,"original_height":64}],
          "state":[{"x":25,"y":25,"width":50,"height":50,"choices":["damaged"],
           "original_width":64,"original_height":64}],
          "annotator":1,"annotation_id":3}]
        """, "task 1: not read: 1 'choices of a region'")]
    public void LabelStudio_ChoicesOfARegion_AreNoClassOfTheImage(string file, string text, string problem) =>
        Assert.Equal(("a.png: box car 16 16 32 32", problem), Imported(file, text));

    /// <summary>As &lt;Rectangle&gt; with &lt;Labels&gt; beside it: the class stands in a result of its own.</summary>
    [Fact]
    public void LabelStudio_ClassOfARegionInAResultOfItsOwn_IsThatOfTheRegion()
    {
        var (labels, problems) = Imported("ls.json", """
            [{"id":1,"data":{"image":"a.png"},"annotations":[{"result":[
              {SIZE"id":"r1","type":"rectangle","value":{"x":25,"y":25,"width":50,"height":50}},
              {SIZE"id":"r1","type":"labels","value":{"x":25,"y":25,"width":50,"height":50,"labels":["car"]}},
              {SIZE"id":"r2","type":"rectangle","value":{"x":0,"y":0,"width":50,"height":50}},
              {"id":"t","type":"labels","value":{"start":1,"end":2,"text":"x","labels":["word"]}}]}]}]
            """.Replace("SIZE", "\"original_width\":64,\"original_height\":64,\"image_rotation\":0,",
            StringComparison.Ordinal));
        Assert.Equal(("a.png: box car 16 16 32 32, box - 0 0 32 32", "task 1, annotation 1: not read: 1 'labels'"),
            (labels, problems));
    }

    [Fact]
    public void LabelStudio_TwoClassesOfARegionInResultsOfTheirOwn_AreListed() => Assert.Equal(
        ("", "task 1, annotation 1: a region has 2 classes; one was expected"),
        Imported("ls.json", """
            [{"id":1,"data":{"image":"a.png"},"annotations":[{"result":[
              {"original_width":64,"original_height":64,"image_rotation":0,"id":"r1","type":"rectangle",
               "value":{"x":25,"y":25,"width":50,"height":50}},
              {"id":"r1","type":"labels","value":{"x":25,"y":25,"width":50,"height":50,"labels":["car"]}},
              {"id":"r1","type":"labels","value":{"x":25,"y":25,"width":50,"height":50,"labels":["bus"]}}]}]}]
            """));

    [Fact]
    public void Coco_CrowdRegions_AreCounted()
    {
        var (labels, problems) = Imported("c.json", """
            {"images":[{"id":1,"file_name":"a.png"}],"categories":[{"id":1,"name":"cat"}],
             "annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,2,3,4],"iscrowd":1},
              {"id":2,"image_id":1,"category_id":1,"bbox":[5,5,3,4],"iscrowd":0}]}
            """);
        Assert.Equal("a.png: box cat 1 2 3 4, box cat 5 5 3 4", labels);
        Assert.Equal("annotations: 1 region is marked as a crowd; the mark is not read, the shape is", problems);
    }

    /// <summary>What lies somewhere in an image gives the image no class.</summary>
    [Theory]
    [InlineData("\"keypoints\":[1,2,2],\"num_keypoints\":1", "annotations: key points of 1 annotation are not read")]
    [InlineData("\"polygon\":[1,2,3,4,5,6]", "annotation 1: has the field 'polygon', which is not read, and no 'bbox' "
        + "or 'segmentation'; 'a.png' is left out")]
    public void Coco_OtherPlaces_AreNoClassOfTheImage(string place, string problem) => Assert.Equal(("", problem),
        Imported("c.json", $$"""
            {"images":[{"id":1,"file_name":"a.png"}],"categories":[{"id":1,"name":"cat"}],
             "annotations":[{"id":1,"image_id":1,"category_id":1,{{place}}}]}
            """));

    /// <summary>Roboflow writes the outline beside the box that is read.</summary>
    [Fact]
    public void Voc_OutlineBesideTheBox_IsListed()
    {
        var (labels, problems) = Imported("a.xml",
            "<annotation><filename>a.png</filename><object><name>cat</name><bndbox><xmin>1</xmin><ymin>2</ymin>"
            + "<xmax>4</xmax><ymax>6</ymax></bndbox><polygon><x1>1</x1><y1>2</y1><x2>4</x2><y2>2</y2><x3>4</x3>"
            + "<y3>6</y3></polygon></object></annotation>");
        Assert.Equal(("a.png: box cat 1 2 3 4", "a.xml: 'a.png', not read: 1 'polygon'"), (labels, problems));
    }

    /// <summary>Scalabel's own conversion to COCO: width = x2 − x1 + 1.</summary>
    [Fact]
    public void Bdd100k_Box_HasThePixelsOfItsLastCorner() => Assert.Equal(("a.png: box car 0 0 64 64", ""),
        Imported("b.json", """
            [{"name":"a.png","labels":[{"category":"car","box2d":{"x1":0,"y1":0,"x2":63,"y2":63}}]}]
            """));

    /// <summary>From (0, 0) towards (0, 40) and (40, 40) to (40, 0): half way it is at (20, 30), by hand.</summary>
    [Theory]
    [InlineData("""[{"vertices":[[0,0],[0,40],[40,40],[40,0]],"types":"LCCC","closed":true}]""")]
    [InlineData("""[[0,0,"L"],[0,40,"C"],[40,40,"C"],[40,0,"C"]]""")]
    public void Bdd100k_CurvesOfPolygons_GoThroughTheirPoints(string polygon)
    {
        var path = _folder.Write("b.json", $$"""
            [{"name":"a.png","labels":[{"category":"area","poly2d":{{polygon}}}]}]
            """);
        var label = Assert.Single(LabelFormats.Import(path, null, ImportContext.Empty).Annotations);
        var shape = Assert.Single(label.Shapes);
        var ring = Assert.Single(Assert.IsType<Polygon>(shape).Rings);
        Assert.Equal((new Point(0, 0), new Point(20, 30), new Point(40, 0)), (ring[0], ring[4], ring[^1]));
        Assert.Equal(new Box("area", 0, 0, 40, 30), Shapes.Bounds(shape));
    }

    [Fact]
    public void Bdd100k_CurveThatIsCut_IsRefused() => Assert.Equal(
        ("", "frame 1: 'types' is 'LLCC'; a curve has three C after its begin"), Imported("b.json", """
            [{"name":"a.png","labels":[{"category":"area",
              "poly2d":[{"vertices":[[0,0],[0,40],[40,40],[40,0]],"types":"LLCC","closed":true}]}]}]
            """));

    /// <summary>An accent of its own, a blank behind a name: each would be a second class that looks alike.</summary>
    [Fact]
    public void Classes_ThatLookAlike_AreOne()
    {
        var (labels, problems) = Imported("c.json", """
            {"images":[{"id":1,"file_name":"a.png"},{"id":2,"file_name":"b.png"}],
             "categories":[{"id":1,"name":"cafe\u0301"},{"id":2,"name":"caf\u00e9"},{"id":3,"name":"caf\u00e9 "}],
             "annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,2,3,4]},
              {"id":2,"image_id":1,"category_id":2,"bbox":[5,5,3,4]},
              {"id":3,"image_id":2,"category_id":3}]}
            """);
        Assert.Equal(("a.png: box cafe\u0301 1 2 3 4, box cafe\u0301 5 5 3 4 | b.png: cafe\u0301", ""),
            (labels, problems));
    }

    /// <summary>Nor is it a new one beside a class that was declared.</summary>
    [Fact]
    public void Classes_DeclaredOnes_KeepTheirSpelling()
    {
        var path = _folder.Write("t.csv", "path,label\na.png,cafe\u0301\n");
        using var workspace = Pictures();
        workspace.AddClasses("caf\u00e9");
        Assert.Empty(workspace.Import(path, new()).Problems);
        Assert.Equal("caf\u00e9", workspace.Labels().Single().Class);
    }

    /// <summary>Without a name it would say that somebody has looked and found nothing.</summary>
    [Theory]
    [InlineData("c.json", """
        {"images":[{"id":1,"file_name":"a.png"}],"categories":[{"id":1,"name":" "}],
         "annotations":[{"id":1,"image_id":1,"category_id":1}]}
        """, "category 1: has no 'name' | annotation 1: there is no category 1; 'a.png' is left out")]
    [InlineData("l.json", """[{"path":"a.png","labels":[" "]}]""", "image 1: has a class without a name")]
    [InlineData("l.json", """[{"path":"a.png","labels":[]}]""", "image 1: no class was chosen")]
    [InlineData("min.json", """[{"image":"a.png","id":1,"annotator":1,"annotation_id":2}]""",
        "task 1: no class was chosen")]
    [InlineData("ml.json", """[{"image":"a.png","annotations":" "}]""", "image 1: has a class without a name")]
    public void Classes_WithoutAName_AreNoLabel(string file, string text, string problem) =>
        Assert.Equal(("", problem), Imported(file, text));

    [Fact]
    public void Text_InUtf16_IsNamed()
    {
        var path = _folder.Write("l.json", System.Text.Encoding.Unicode.GetBytes("\uFEFF[{\"path\":\"a.png\"}]"));
        Assert.Equal($"expected a text in UTF-8, found UTF-16 in '{path}'; save it as UTF-8",
            Assert.Throws<InputException>(() => LabelFormats.Import(path, null, ImportContext.Empty)).Message);
    }

    /// <summary>Of a process that ended between the two moves: the old export stands aside, and nothing in its
    /// place.</summary>
    [Fact]
    public void ExportFolder_StoppedBetweenItsMoves_FindsTheOldExportAgain()
    {
        ExportFolder.Create(_folder["out"], folder => ExportFolder.Lines(Path.Combine(folder, "a.txt"), ["old"]));
        Directory.Move(_folder["out"], _folder[".out.vaal-old"]);
        Assert.Throws<IOException>(() => ExportFolder.Create(_folder["out"], _ => throw new IOException("full")));
        Assert.Equal("old\n", File.ReadAllText(_folder["out/a.txt"]));
        ExportFolder.Create(_folder["out"], folder => ExportFolder.Lines(Path.Combine(folder, "a.txt"), ["new"]));
        Assert.Equal("new\n", File.ReadAllText(_folder["out/a.txt"]));
    }

    private (string Labels, string Problems) Imported(string file, string text)
    {
        var path = _folder.Write("labels/" + file, text);
        using var workspace = Pictures();
        var report = workspace.Import(path, new());
        return (LabelCasesTests.Said(workspace), string.Join(" | ", report.Problems));
    }

    private Workspace Pictures()
    {
        foreach (var name in new[] { "a", "b", "c" })
            _folder.Write($"data/{name}.png", Tests.Pictures.Random(name[0]));
        var workspace = Workspace.Create(_folder["data"]);
        workspace.Index(new() { NearDuplicates = 0 });
        return workspace;
    }
}
